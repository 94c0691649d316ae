"""Amazon SES's own: keys and regions as AWS has them, its errors, and whole mailings that meet them."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rtesmail.delivery.transports.aws_signing import find_caller
from rtesmail.delivery.transports.registry import build_transport
from rtesmail.model.errors import RefusedError, StoppedError, WorkspaceError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import Post, count
from .conftest import Way, compose, people
from .ses_stand_in import ACCESS_KEY, REGION, fault
from .stand_in import KEY

BY_MACHINE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION")


@pytest.fixture
def way(serve: Callable[[str], Way], monkeypatch: pytest.MonkeyPatch) -> Way:
    """SES on a machine that has no AWS settings of its own."""
    for name in (*BY_MACHINE, "AWS_DEFAULT_REGION", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return serve("ses")


def deliver(way: Way, *messages: Any) -> list[Outcome]:
    async def run() -> list[Outcome]:
        transport = way.transport()
        try:
            return [outcome for message in messages for outcome in await transport.deliver([message])]
        finally:
            await transport.close()

    return asyncio.run(run())


def states(outcomes: list[Outcome]) -> list[str]:
    return [outcome.state.value for outcome in outcomes]


def test_the_call_names_the_sender_one_person_and_the_configuration_set(way: Way) -> None:
    deliver(way, *compose(*people(1)))
    way.settings = replace(way.settings, stream="lettres")
    deliver(way, *compose(*people(1)))
    first, second = way.stand_in.calls
    assert first["FromEmailAddress"] == "lettre@rtes.example"
    assert first["Destination"] == {"ToAddresses": ["p001@example.org"]}
    assert "ConfigurationSetName" not in first
    assert second["ConfigurationSetName"] == "lettres"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, "AccountSuspendedException", "Account is suspended"),
        (400, "SendingPausedException", "Account is paused"),
        (400, "MailFromDomainNotVerifiedException", "Mail FROM domain is not verified"),
        (404, "NotFoundException", "Configuration set <lettres> does not exist"),
        (400, "LimitExceededException", "Daily sending quota exceeded"),
        (429, "TooManyRequestsException", "Daily message quota exceeded"),
        (400, "ThrottlingException", "Daily message quota exceeded"),
        (403, "AccessDeniedException", "User is not authorized to perform: ses:SendRawEmail"),
        (403, "InvalidClientTokenId", "The security token included in the request is invalid"),
        (400, "ExpiredTokenException", "The security token included in the request is expired"),
        (
            400,
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-WEST-3: "
            "lettre@rtes.example",
        ),
    ],
)
def test_troubles_with_the_account_stop_the_run_in_amazons_words(way: Way, status: int, error: str, words: str) -> None:
    (first, second) = compose(*people(2))
    transport = way.transport()

    async def run() -> None:
        await transport.deliver([first])
        way.stand_in.faults = [fault(status, error, words)]
        try:
            await transport.deliver([second])
        finally:
            await transport.close()

    with pytest.raises(StoppedError) as stopped:
        asyncio.run(run())
    assert f"{status} {error}: {words}" in str(stopped.value)
    assert len(way.stand_in.raw) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("BadRequestException", "Local address contains control or whitespace"),
        ("BadRequestException", "Missing final '@domain'"),
        ("BadRequestException", "Invalid domain name: 'example..org'."),
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-WEST-3: "
            "p002@example.org",
        ),
        ("MessageRejected", "Message contains content that is not allowed"),
    ],
)
def test_troubles_with_one_person_hold_up_nobody(way: Way, error: str, words: str) -> None:
    first, second, third = compose(*people(3))
    transport = way.transport()

    async def run() -> list[Outcome]:
        found = list(await transport.deliver([first]))
        way.stand_in.faults = [fault(400, error, words)]
        for message in (second, third):
            found += await transport.deliver([message])
        await transport.close()
        return found

    outcomes = asyncio.run(run())
    assert states(outcomes) == ["accepted", "refused", "accepted"]
    assert outcomes[1].reply == f"{error}: {words}"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("MessageRejected", "Message contains content that is not allowed"),
        ("BadRequestException", "Illegal address lettre@rtes.example"),
        (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region EU-WEST-3: "
            "p001@example.org",
        ),
    ],
)
def test_what_may_be_the_same_for_all_stops_the_run_before_anybody_is_refused(way: Way, error: str, words: str) -> None:
    way.stand_in.faults = [fault(400, error, words)]
    with pytest.raises(StoppedError, match=words):
        deliver(way, *compose(*people(2)))


@pytest.mark.parametrize(("status", "error"), [(429, "TooManyRequestsException"), (400, "ThrottlingException")])
def test_a_rate_that_is_too_high_makes_it_wait(way: Way, status: int, error: str) -> None:
    way.stand_in.faults = [fault(status, error, "Maximum sending rate exceeded.")]
    assert states(deliver(way, *compose(*people(1)))) == ["accepted"]
    first, second = way.stand_in.called_at
    assert second - first >= 1.0
    way.stand_in.faults = [fault(status, error, "Maximum sending rate exceeded.")] * 3
    (outcome,) = deliver(way, *compose(*people(1)))
    assert (outcome.state, outcome.code) == (DeliveryState.DEFERRED, 429)
    assert outcome.reply == f"{error}: Maximum sending rate exceeded."


def test_an_errors_name_is_found_in_the_body_too(way: Way) -> None:
    way.stand_in.faults = [replace(fault(400, "", "Account is paused"), headers={})]
    way.stand_in.faults[0].content["__type"] = "com.amazonaws.ses#SendingPausedException"
    with pytest.raises(StoppedError, match="SendingPausedException: Account is paused"):
        deliver(way, *compose(*people(1)))


def test_a_mailing_goes_on_where_the_days_quota_ended(post: Post, way: Way) -> None:
    post.transport = replace(way.settings, connections=1)
    way.stand_in.faults = [None, None, fault(400, "ThrottlingException", "Daily message quota exceeded")]
    with pytest.raises(StoppedError, match="Daily message quota exceeded"):
        post.send()
    assert sorted(post.states().values()) == ["accepted"] * 2 + ["pending"] * 8
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 10
    assert set(way.stand_in.copies().values()) == {1}


@pytest.mark.parametrize("fault_of_line", ["drop", "drop after"])
def test_a_lost_answer_leaves_one_person_unknown_and_is_never_sent_again(
    post: Post, way: Way, fault_of_line: str
) -> None:
    post.transport = way.settings
    way.stand_in.faults = [fault_of_line]
    assert count(post.send(), DeliveryState.UNKNOWN) == 1
    assert count(post.send(), DeliveryState.ACCEPTED) == 9
    assert len(way.stand_in.raw) == 10
    assert set(way.stand_in.copies().values()) == {1}


def test_a_refused_address_is_that_persons_alone_in_the_ledger(post: Post, way: Way) -> None:
    post.transport = way.settings
    way.stand_in.bad.add("p004@example.org")
    assert count(post.send(), DeliveryState.ACCEPTED) == 9
    row = post.reply_to("p004@example.org")
    assert (row["state"], row["code"]) == ("refused", 400)
    assert row["reply"] == "BadRequestException: Local address contains control or whitespace"


def test_a_wrong_secret_leaves_everybody_pending_and_shows_nothing_of_the_request(
    post: Post, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.transport = way.settings
    way.stand_in.secrets[ACCESS_KEY] = "another"
    with pytest.raises(StoppedError, match="403 SignatureDoesNotMatch: The request signature we calculated") as stopped:
        post.send()
    assert set(post.states().values()) == {"pending"}
    told = f"{stopped.value} {stopped.value.hint}"
    assert "PROVIDER_KEY" in told
    assert "Canonical" not in told
    assert KEY not in told


def test_without_a_username_the_machines_own_keys_are_used(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    way.settings = replace(way.settings, username="", password_env="", region="")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-passing-token")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    assert states(deliver(way, *compose(*people(1)))) == ["accepted"]
    assert way.stand_in.tokens == ["a-passing-token"]
    way.stand_in.secrets[ACCESS_KEY] = "another"
    with pytest.raises(StoppedError) as stopped:
        deliver(way, *compose(*people(1)))
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
    transport = way.transport()

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
