"""A list that means harm, all the way: imported, shown, exported, written to."""

import csv
import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlite_utils import Database

from rtesmail.audience.columns import ALL_FIELDS, HEADINGS, Column
from rtesmail.audience.plain_cells import is_formula_like
from rtesmail.audience.rows import Entry, RowReader
from rtesmail.audience.sheets import SheetRow
from rtesmail.audience.subscribers import audience_of
from rtesmail.delivery.messages.composing import Composer, Heading
from rtesmail.delivery.tokens import LinkMaker
from rtesmail.model.mailing import Message, Recipient
from rtesmail.store.opening import open_store

from .conftest import START, make_edition

HOSTILE = {
    "html": '<script>alert(1)</script><img src=x onerror="alert(1)">',
    "a header": "Nom\r\nBcc: victime\r\n\r\n<p>x",
    "a program": "=cmd|' /C calc'!A0",
    "a formula": '+HYPERLINK("http://x.example";"x")',
    "another": "@SUM(A1:A9)",
    "another one": "-2+3",
    "a quoted one": "'=1+1",
    "reading backwards": "Ann\u202egnp.exe\u202c \u2067x\u200f",
    "a terminal": "a\x00b\x1b[2J\x1b]0;x\x07\x9b31m",
    "a novel": "y" * 10_000,
    "lines": "a\u2028b\u2029c\x85d",
    "a template": "{{ 7 * 7 }}{% raw %}@@email@@ @@unsubscribe_url@@",
    "sql": "Robert'); DROP TABLE subscribers;--",
}
WIDE = (*HEADINGS, "free")
TURNING = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


def address(number: int) -> str:
    return f"p{number}@x.example"


@pytest.fixture
def hostile(demo_workspace: Path, rtesmail) -> Path:
    """A workspace with a person for each text, who has it in every column."""
    (demo_workspace / "lists" / "h.columns.toml").write_text(
        "confirmed = true\n[columns]\nfree = 'attributes.free'\n" + "".join(f"{c} = '{c}'\n" for c in HEADINGS)
    )
    with (demo_workspace / "h.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(WIDE)
        for number, text in enumerate(HOSTILE.values()):
            writer.writerow([address(number) if column == Column.EMAIL else text for column in WIDE])
    for arguments in (("--dry-run", "--all"), ("--all",)):
        done = rtesmail("import", "h.csv", "--list", "h", *arguments, cwd=demo_workspace)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert_shows_nothing_harmful(done.stdout)
    return demo_workspace


@pytest.fixture
def store(hostile: Path) -> Iterator[Database]:
    database = open_store(hostile / "lists" / "rtesmail.db")
    yield database
    database.conn.close()


def assert_shows_nothing_harmful(text: str) -> None:
    assert {c for c in text if not c.isprintable() and c != "\n"} <= set("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}")
    assert not TURNING & set(text)
    assert not any(line.startswith("Bcc:") for line in text.splitlines())


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le"])
def test_half_a_sign_in_a_file_is_read_otherwise_or_refused_in_words(
    demo_workspace: Path, rtesmail, codec: str
) -> None:
    content = "email;nom\na@x.example;A\ud800é\udfffB\n".encode(codec, "surrogatepass")
    (demo_workspace / "half.csv").write_bytes(content)
    done = rtesmail("import", "half.csv", "--list", "h", cwd=demo_workspace)
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr if done.returncode else "rows in all" in done.stdout
    assert_shows_nothing_harmful(done.stdout)


def test_half_a_sign_in_any_cell_loses_itself_only() -> None:
    columns: dict[Column, int] = {column: place for place, column in enumerate(HEADINGS)}
    reader = RowReader(WIDE, columns, attributes={"attributes.free": len(columns)})
    row = SheetRow(2, tuple("a@x.example" if column == Column.EMAIL else "x\ud800y\udfff" for column in WIDE))
    assert reader.read_plain(row) is None
    entry = reader.read(row)
    assert isinstance(entry, Entry)
    assert dict(zip((*ALL_FIELDS, "free"), entry.values, strict=True)) == dict.fromkeys(ALL_FIELDS, "") | {
        "name": "x y x y",
        "free": "x y",
    } | dict.fromkeys(("organisation", "role", "region", "other_roles"), "x y")
    assert entry.notes.encode()


def test_nothing_that_harms_is_kept(store: Database) -> None:
    assert len(list(audience_of(store, "h"))) == len(HOSTILE)
    kept = [str(cell) for row in store.execute("SELECT * FROM subscribers") for cell in tuple(row)]
    kept += [str(cell) for row in store.execute("SELECT * FROM subscriber_attributes") for cell in tuple(row)]
    kept += [str(cell) for row in store.execute("SELECT * FROM organisations") for cell in tuple(row)]
    for text in kept:
        assert len(text) <= 510
        assert text.isprintable(), ascii(text)
        assert not TURNING & set(text)
    for person in audience_of(store, "h"):
        assert (person.level, person.departement, person.language, person.mandate_ends_on) == ("", "", "", None)
    assert store.table("organisations").count == 0


def test_showing_such_a_person_shows_mere_text(hostile: Path, rtesmail) -> None:
    for arguments in (("people", "--list", "h"), *(("people", "show", address(n)) for n in range(len(HOSTILE)))):
        done = rtesmail(*arguments, cwd=hostile)
        assert (done.returncode, done.stderr) == (0, "")
        assert_shows_nothing_harmful(done.stdout)


def test_what_is_exported_calculates_nothing_and_comes_back(hostile: Path, store: Database, rtesmail) -> None:
    for name in ("out.csv", "out.xlsx"):
        assert rtesmail("export", name, "--list", "h", cwd=hostile).returncode == 0
        again = rtesmail("import", name, "--list", "h", cwd=hostile)
        assert again.returncode == 0, again.stderr
        assert [line.split() for line in again.stdout.splitlines() if "rows in all" in line or "unchanged" in line] == [
            ["unchanged", str(len(HOSTILE))],
            ["rows", "in", "all", str(len(HOSTILE))],
        ]
    with (hostile / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert len(rows[0]) == 1 + len(ALL_FIELDS) + 1
    assert not any(is_formula_like(cell) for row in rows for cell in row)
    sheet = openpyxl.load_workbook(hostile / "out.xlsx").active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if is_formula_like(str(cell.value)))


def test_a_letter_to_them_has_no_header_markup_or_slot_of_theirs(store: Database) -> None:
    edition = make_edition(
        text="Bonjour @@name@@, de @@organisation@@.\n@@unsubscribe_url@@\n",
        html='<p title="@@organisation@@">@@name@@</p><a href="@@unsubscribe_url@@">x</a>',
    )
    links = LinkMaker(
        secret=b"0123456789abcdef0123456789abcdef",
        public_url="https://lettre.rtes.example",
        mailbox="stop@rtes.example",
        list_name="h",
    )
    heading = Heading(
        list_title="RTES", list_name="h", envelope_sender="", seed="s", list_help="mailto:x@x.example", list_archive=""
    )
    composer = Composer(edition, heading, links)
    for person in audience_of(store, "h"):
        made = composer.compose(Recipient(person.id, person.id, person.email, person.name, person.organisation), START)
        assert isinstance(made, Message)
        letter = email.message_from_bytes(made.content, policy=email.policy.default)
        assert letter.defects == []
        assert letter["Bcc"] is None
        assert [mailbox.addr_spec for mailbox in letter["To"].addresses] == [person.email]
        rich, plain = letter.get_body(("html",)), letter.get_body(("plain",))
        assert rich is not None
        assert plain is not None
        page = rich.get_content()
        assert "<script" not in page
        assert "<img src=x" not in page
        # A slot in a name is mere text: each is there as often as names have it.
        assert page.count("@@unsubscribe_url@@") == (person.name + person.organisation).count("@@unsubscribe_url@@")
        assert not TURNING & set(page + plain.get_content())
