"""`rtesmail proof --sandbox`: the provider checks, nobody gets anything."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Way
from .stand_in import KEY

ISSUE = "2025-04-mensuelle"


@pytest.fixture
def way(serve: Callable[[str], Way], demo_workspace: Path) -> Way:
    """Mailjet, and a workspace whose transport it is."""
    found = serve("mailjet")
    settings = demo_workspace / "rtesmail.toml"
    table = (
        '\n[transports.envois]\nkind = "mailjet"\nusername = "mj-public"\npassword_env = "PROVIDER_KEY"\n'
        f'api_url = "{found.stand_in.url}"\n'
    )
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")
    return found


def proof(rtesmail: Callable[..., Any], workspace: Path, *more: str) -> Any:
    return rtesmail("proof", ISSUE, "--to", "une@collegue.example", *more, cwd=workspace, PROVIDER_KEY=KEY)


def test_a_proof_in_the_sandbox_is_checked_and_not_delivered(
    way: Way, demo_workspace: Path, rtesmail: Callable[..., Any]
) -> None:
    done = proof(rtesmail, demo_workspace, "--transport", "envois", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert "nothing was delivered" in done.stdout
    assert [call["SandboxMode"] for call in way.stand_in.calls] == [True]
    assert way.stand_in.arrived == []


def test_a_proof_outside_of_it_arrives_marked(way: Way, demo_workspace: Path, rtesmail: Callable[..., Any]) -> None:
    done = proof(rtesmail, demo_workspace, "--transport", "envois", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["sandbox"], told["proofs"][0]["state"]) == (False, "accepted")
    (one,) = way.stand_in.arrived
    assert one.subject.startswith("[BAT] ")
    assert one.address == "une@collegue.example"
    assert "List-Unsubscribe" not in one.headers


def test_a_bad_key_is_told_to_staff_in_words(way: Way, demo_workspace: Path, rtesmail: Callable[..., Any]) -> None:
    done = rtesmail(
        "proof",
        ISSUE,
        "--to",
        "une@collegue.example",
        "--transport",
        "envois",
        cwd=demo_workspace,
        PROVIDER_KEY="xk-wrong",
    )
    assert done.returncode == 5
    assert "PROVIDER_KEY" in done.stderr
    assert "xk-wrong" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_provider_without_a_sandbox_is_not_called(
    serve: Callable[[str], Way], demo_workspace: Path, rtesmail: Callable[..., Any]
) -> None:
    found = serve("scaleway")
    settings = demo_workspace / "rtesmail.toml"
    table = (
        f'\n[transports.envois]\nkind = "scaleway"\nusername = "{found.settings.username}"\n'
        f'password_env = "PROVIDER_KEY"\napi_url = "{found.stand_in.url}"\n'
    )
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")
    done = proof(rtesmail, demo_workspace, "--transport", "envois", "--sandbox")
    assert done.returncode == 3
    assert "has no sandbox" in done.stderr
    assert found.stand_in.raw == []


def test_a_way_out_without_a_sandbox_says_so(demo_workspace: Path, rtesmail: Callable[..., Any]) -> None:
    done = proof(rtesmail, demo_workspace, "--transport", "boite", "--sandbox")
    assert done.returncode == 3
    assert "has no sandbox" in done.stderr
    assert not list(demo_workspace.glob("out/**/*.eml"))
