"""Amazon SES's own: keys and regions as AWS has them, its errors, and whole mailings that meet them."""

import asyncio

import pytest
from msgspec.structs import replace

from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState, Outcome

from ..conftest import Post, count
from .conftest import Way, compose, deliver_each, people, states
from .ses_stand_in import ACCESS_KEY, fault
from .stand_in import KEY


@pytest.fixture
def way(amazon: Way) -> Way:
    return amazon


def test_the_call_names_the_sender_one_person_and_the_configuration_set(way: Way) -> None:
    deliver_each(way, *compose(*people(1)))
    way.settings = replace(way.settings, stream="lettres")
    deliver_each(way, *compose(*people(1)))
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
        deliver_each(way, *compose(*people(2)))


@pytest.mark.parametrize(("status", "error"), [(429, "TooManyRequestsException"), (400, "ThrottlingException")])
def test_a_rate_that_is_too_high_makes_it_wait(way: Way, status: int, error: str) -> None:
    way.stand_in.faults = [fault(status, error, "Maximum sending rate exceeded.")]
    assert states(deliver_each(way, *compose(*people(1)))) == ["accepted"]
    first, second = way.stand_in.called_at
    assert second - first >= 1.0
    way.stand_in.faults = [fault(status, error, "Maximum sending rate exceeded.")] * 3
    (outcome,) = deliver_each(way, *compose(*people(1)))
    assert (outcome.state, outcome.code) == (DeliveryState.DEFERRED, 429)
    assert outcome.reply == f"{error}: Maximum sending rate exceeded."


def test_an_errors_name_is_found_in_the_body_too(way: Way) -> None:
    way.stand_in.faults = [replace(fault(400, "", "Account is paused"), headers={})]
    way.stand_in.faults[0].content["__type"] = "com.amazonaws.ses#SendingPausedException"
    with pytest.raises(StoppedError, match="SendingPausedException: Account is paused"):
        deliver_each(way, *compose(*people(1)))


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
