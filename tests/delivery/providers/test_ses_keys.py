"""Who calls Amazon, and from where: keys, roles and regions as the settings or the machine have them."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rtesmail.delivery.transports.aws_signing import find_caller
from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import Outcome

from ..conftest import Post
from .conftest import QUICK, Way, compose, deliver_each, people, states
from .ses_stand_in import ACCESS_KEY, REGION
from .stand_in import KEY


@pytest.fixture
def way(amazon: Way) -> Way:
    return amazon


def test_without_a_username_the_machines_own_keys_are_used(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way.settings = replace(way.settings, username="", password_env="", region="")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-passing-token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    assert states(deliver_each(way, *compose(*people(1)))) == ["accepted"]
    assert way.stand_in.tokens == ["a-passing-token"]
    way.stand_in.secrets[ACCESS_KEY] = "another"
    with pytest.raises(StoppedError) as stopped:
        deliver_each(way, *compose(*people(1)))
    assert "a-passing-token" not in str(stopped.value)
    assert "this machine's AWS configuration" in stopped.value.hint


def test_keys_that_end_are_renewed_and_a_renewal_that_fails_leaves_nobody_unknown(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, program, profile = tmp_path / "keys.json", tmp_path / "keys.sh", tmp_path / "config"

    def say(access: str, secret: str) -> None:
        # boto3 asks anew for keys that end within ten minutes.
        end = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
        told = {"Version": 1, "AccessKeyId": access, "SecretAccessKey": secret, "Expiration": end}
        keys.write_text(json.dumps(told), encoding="utf-8")

    program.write_text(f"#!/bin/sh\nexec cat {keys}\n", encoding="utf-8")
    program.chmod(stat.S_IRWXU)
    profile.write_text(f"[default]\nregion = {REGION}\ncredential_process = {program}\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    way.settings = replace(way.settings, username="", password_env="", region="")
    way.stand_in.secrets = {"AKIAFIRST": "s1", "AKIASECOND": "s2"}
    first, second, third = compose(*people(3))
    say("AKIAFIRST", "s1")
    transport = way.transport(patience=replace(QUICK, answer=30.0))

    async def run() -> list[Outcome]:
        found = list(await transport.deliver([first]))
        say("AKIASECOND", "s2")
        del way.stand_in.secrets["AKIAFIRST"]
        found += await transport.deliver([second])
        keys.unlink()
        try:
            found += await transport.deliver([third])
        finally:
            assert states(found) == ["accepted", "accepted"]
            await transport.close()
        return found

    with pytest.raises(StoppedError, match="the AWS keys could not be renewed"):
        asyncio.run(run())
    assert way.stand_in.copies() == {"p001@example.org": 1, "p002@example.org": 1}


def test_without_any_keys_nobody_is_frozen_and_it_says_what_to_set(post: Post, way: Way) -> None:
    post.transport = replace(way.settings, username="", password_env="")
    with pytest.raises(WorkspaceError, match="finds no AWS keys") as told:
        post.send()
    assert "password_env" in told.value.hint
    assert post.states() == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": ""}, "lacks the region"),
        ({"region": "eu west"}, "eu west"),
        ({"username": ""}, "lacks the AWS access key"),
        ({"password_env": ""}, "lacks its password or key"),
    ],
)
def test_what_is_missing_is_told_before_anybody_is_frozen(
    post: Post, way: Way, changes: dict[str, Any], words: str
) -> None:
    post.transport = replace(way.settings, **changes)
    with pytest.raises(WorkspaceError, match=words) as told:
        post.send()
    assert KEY not in f"{told.value} {told.value.hint}"
    assert post.states() == {}


def test_a_profile_that_is_not_there_is_told_by_its_name(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "lettres")
    with pytest.raises(WorkspaceError, match="lettres"):
        way.transport()


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-3", "https://email.eu-west-3.amazonaws.com"),
        ("cn-north-1", "https://email.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_each_region_has_its_own_address(way: Way, region: str, url: str) -> None:
    caller = find_caller(replace(way.settings, api_url="", region=region), KEY, "sesv2")
    assert (caller.url, caller.region, caller.service) == (url, region, "ses")
    assert KEY not in repr(caller)


def test_there_is_no_sandbox_to_send_a_proof_to(way: Way) -> None:
    with pytest.raises(RefusedError, match="has no sandbox"):
        build_transport(way.settings, sandbox=True)


def test_without_boto3_it_says_what_to_install_and_nobody_is_frozen(tmp_path: Path, demo_workspace: Path) -> None:
    missing = tmp_path / "site"
    missing.mkdir()
    (missing / "boto3.py").write_text("raise ModuleNotFoundError(\"No module named 'boto3'\")\n", encoding="utf-8")
    settings = demo_workspace / "rtesmail.toml"
    table = f'\n[transports.aws]\nkind = "ses"\nregion = "{REGION}"\nusername = "AKIA"\npassword_env = "AWS_KEY"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "rtesmail", "proof", "2025-04-mensuelle", "--to", "a@b.example", "--transport", "aws"],
        cwd=demo_workspace,
        env={**os.environ, "PYTHONPATH": str(missing), "AWS_KEY": KEY, "LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert 'pip install "rtesmail[ses]"' in done.stderr
    assert "Traceback" not in done.stderr
