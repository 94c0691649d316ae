"""The public pages behind a real nginx and a real Caddy, with the configuration that the guide gives."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .fronts import HOST, Front, Pages, put, written

ROOT = Path(__file__).parents[2]


def status(answer: "subprocess.CompletedProcess[str]") -> int:
    """Give the HTTP status of what curl got."""
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout.split(maxsplit=2)[1])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    workspace = tmp_path_factory.mktemp("pages") / "workspace"
    (workspace / "lists").mkdir(parents=True)
    text = (ROOT / "rtesmail.toml").read_text(encoding="utf-8")
    text = put(text, 'public_url = "https://lettre.rtes.example"', f'public_url = "https://{HOST}"')
    (workspace / "rtesmail.toml").write_text(text, encoding="utf-8")
    pages = Pages(workspace)
    try:
        pages.start()
        yield pages
    finally:
        pages.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pages: Pages) -> Iterator[Front]:
    front = Front(tmp_path_factory.mktemp("front") / request.param, request.param, pages.port)
    checked = front.check()
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    try:
        front.start()
        yield front
    finally:
        front.stop()


def test_pages_are_read_over_https_as_the_guide_sets_it_up(front: Front) -> None:
    page = front.curl(f"https://{HOST}/inscription")
    assert status(page) == 200, page.stdout + front.log()
    assert "strict-transport-security: max-age=31536000" in page.stdout.lower()
    assert "<form" in page.stdout


def test_a_form_passes_and_what_is_too_large_does_not(front: Front, tmp_path: Path) -> None:
    small = front.curl(f"https://{HOST}/u/nobody", "--data", "List-Unsubscribe=One-Click")
    assert status(small) == 200, small.stdout + front.log()
    # Who refuses it depends on who is first: the pages end the line at once, the front may still be writing to them.
    heap = tmp_path / "heap"
    for size in (100_000, 3_000_000):
        heap.write_bytes(b"x" * size)
        large = front.curl(f"https://{HOST}/u/nobody", "-H", "Expect:", "--data-binary", f"@{heap}")
        assert large.returncode != 0 or status(large) in (413, 502), large.stdout + front.log()
    assert status(front.curl(f"https://{HOST}/inscription")) == 200


def test_the_limit_of_forms_is_each_caller_s_own_whatever_they_claim_to_be(front: Front) -> None:
    """At most 10 forms an hour from one address (docs/how-to/serve.md): the caller's, not the proxy's."""
    url, form = f"https://{HOST}/inscription", ("--data", "email=nobody")
    # Both are loopback, and neither is among the trusted proxies.
    one, other = {"nginx": ("127.0.0.5", "127.0.0.6"), "caddy": ("127.0.0.7", "127.0.0.8")}[front.name]
    for number in range(10):
        claim = ("-H", f"X-Forwarded-For: 203.0.113.{number}")
        assert status(front.curl(url, *form, *claim, "--interface", one)) == 422
    assert status(front.curl(url, *form, "-H", "X-Forwarded-For: 203.0.113.99", "--interface", one)) == 429
    assert status(front.curl(url, *form, "--interface", other)) == 422


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    assert shutil.which("systemd-analyze"), "install systemd: apt-get install systemd"
    # The program must be there; everything else is as the guide has it.
    text = put(written("ini"), "/srv/rtesmail/.venv/bin/rtesmail", sys.executable)
    unit = tmp_path / "rtesmail-serve.service"
    unit.write_text(text, encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
