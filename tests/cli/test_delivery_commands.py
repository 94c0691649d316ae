"""The commands around a mailing: keys, decisions, retries."""

from pathlib import Path


def add_settings(workspace: Path, lines: str) -> None:
    settings = workspace / "rtesmail.toml"
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\n{lines}", encoding="utf-8")


def signed_by(keys: list[dict[str, str]]) -> str:
    """Give the lines that make the outbox sign with keys."""
    return "".join(
        f'[[transports.boite.dkim]]\ndomain = "{key["domain"]}"\nselector = "{key["selector"]}"\n'
        f'key_file = "{key["key_file"]}"\n'
        for key in keys
    )


def test_keys_are_made_shown_and_kept_out_of_git(run, workspace: Path) -> None:
    made = run("dkim", "new", "rtes.example", "--selector", "avril", "--json")["keys"]
    assert [key["name"] for key in made] == ["avril._domainkey.rtes.example", "avrile._domainkey.rtes.example"]
    run("init", "neuf")
    assert "lists/dkim/" in (workspace / "neuf" / ".gitignore").read_text(encoding="utf-8")
    add_settings(workspace, signed_by(made))
    shown = run("dkim", "show", "--json")["keys"]
    assert [key["value"] for key in shown] == [key["value"] for key in made]


def test_a_key_that_exists_is_not_replaced(run) -> None:
    run("dkim", "new", "rtes.example", "--selector", "avril")
    assert "--selector" in run("dkim", "new", "rtes.example", "--selector", "avril", code=3).stderr


def test_a_signed_mailing_leaves_with_its_signatures(run, workspace: Path, approved: str, outbox: Path) -> None:
    made = run("dkim", "new", "rtes.example", "--json")["keys"]
    add_settings(workspace, signed_by(made))
    run("send", approved, "--list", "demo", "--transport", "boite")
    letters = list(outbox.glob("*.eml"))
    assert len(letters) == 30
    assert all(letter.read_bytes().count(b"DKIM-Signature: v=1;") == 2 for letter in letters)


def test_nothing_to_resolve_is_said_with_where_to_look(run, approved: str) -> None:
    run("send", approved, "--list", "demo", "--transport", "boite")
    told = run("resolve", approved, "--list", "demo", "--as", "pending", "--by", "Ada Exemple", code=3).stderr
    assert f"rtesmail who {approved} --list demo" in told
    assert (
        "accepted or pending"
        in run("resolve", approved, "--list", "demo", "--as", "lost", "--by", "Ada Exemple", code=2).stderr
    )


def test_a_retry_needs_a_name(run, approved: str) -> None:
    run("send", approved, "--list", "demo", "--transport", "boite")
    told = run("send", approved, "--list", "demo", "--transport", "boite", "--retry", "refused", code=4).stderr
    assert "--by" in told


def test_a_list_takes_its_own_way_out(run, workspace: Path, approved: str, outbox: Path) -> None:
    add_settings(workspace, '[lists.demo]\ntransport = "boite"\n')
    run("send", approved, "--list", "demo")
    assert len(list(outbox.glob("*.eml"))) == 30


def test_resume_goes_on_and_begins_nothing(run, approved: str, outbox: Path) -> None:
    resume = ("send", approved, "--list", "demo", "--transport", "boite", "--resume")
    told = run(*resume, code=3).stderr
    assert "not begun yet" in told
    assert f"rtesmail send {approved} --list demo" in told
    assert "There is no list" in run(*resume[:3], "dmeo", "--resume", code=4).stderr
    assert "--resume" in run(*resume, "--dry-run", code=2).stderr
    assert not list(outbox.glob("*.eml"))
    begun = run(*resume[:-1], "--limit", "4").stdout
    assert f"rtesmail send {approved} --list demo --resume" in begun
    assert run(*resume, "--json")["accepted"] == 30
    assert "finished already" in run(*resume).stdout
    assert len(list(outbox.glob("*.eml"))) == 30


def test_resume_knows_a_list_of_the_settings_that_nobody_is_on_yet(run, workspace: Path, approved: str) -> None:
    add_settings(workspace, '[lists.futurs]\ntransport = "boite"\n')
    assert "not begun yet" in run("send", approved, "--list", "futurs", "--resume", code=3).stderr


def test_resume_begins_nothing_that_is_only_planned_even_with_broken_files(
    run, approved: str, workspace: Path, outbox: Path
) -> None:
    run("schedule", approved, "--list", "demo", "--at", "2030-01-01 09:00")
    (workspace / "issues" / approved / "issue.toml").write_text("nonsense", encoding="utf-8")
    told = run("send", approved, "--list", "demo", "--transport", "boite", "--resume", code=3).stderr
    assert "not begun yet" in told
    assert not list(outbox.glob("*.eml"))


def test_who_lists_the_people_of_a_state_and_a_list(run, approved: str) -> None:
    send = ("send", approved, "--transport", "boite", "--list")
    run(*send, "demo", "--limit", "4")
    run("import", "lists/sample.csv", "--list", "press")
    run(*send, "press")
    waiting = run("who", approved, "--state", "pending", "--json")["people"]
    assert (len(waiting), {person["list"] for person in waiting}) == (26, {"demo"})
    shown = run("who", approved, "--list", "press", "--state", "skipped").stdout
    assert "2025-04-mensuelle to press: finished" in shown
    assert shown.count("already in mailing 1") == 30
    assert "30 people." in shown
    assert "0 people." in run("who", approved, "--list", "press", "--state", "unknown").stdout
    assert "There is no list" in run("who", approved, "--list", "persse", code=4).stderr
    assert "Known: pending" in run("who", approved, "--state", "lost", code=2).stderr


def test_who_says_so_when_nothing_was_sent(run, approved: str) -> None:
    assert "has not been sent" in run("who", approved).stdout
    assert run("who", approved, "--json")["people"] == []
