"""Whole mailings through Amazon SES as moto's server plays it, looked at in what that server says it was sent."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from rtesmail.delivery.transports.ses import SesTransport
from rtesmail.delivery.transports.smtp.transport import SmtpTransport
from rtesmail.model.errors import StoppedError
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import TransportKind, TransportSettings

from ..conftest import Post, Served, count, make_edition
from .conftest import compose, people

REGION = "eu-west-3"


@dataclass
class Moto:
    url: str

    @property
    def settings(self) -> TransportSettings:
        return TransportSettings(
            "aws", TransportKind.SES, username="AKIA", password_env="AWS_KEY", api_url=self.url, region=REGION
        )

    def verify(self, identity: str) -> None:
        client: Any = boto3.client("sesv2", REGION, None, True, None, self.url, "AKIA", "secret")
        client.create_email_identity(EmailIdentity=identity)

    def sent(self) -> list[dict[str, Any]]:
        """What it was sent, in the order of arrival."""
        told = requests.get(f"{self.url}/moto-api/data.json", timeout=5).json()
        return list(told["ses"]["RawMessage"])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def moto(server: str, monkeypatch: pytest.MonkeyPatch) -> Moto:
    monkeypatch.setenv("AWS_KEY", "secret")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    requests.post(f"{server}/moto-api/reset", timeout=5).raise_for_status()
    return Moto(server)


def test_each_person_gets_one_copy_and_each_answer_is_kept(post: Post, moto: Moto) -> None:
    moto.verify("rtes.example")
    post.transport = moto.settings
    report = post.send()
    assert count(report, DeliveryState.ACCEPTED) == 10
    sent = moto.sent()
    assert Counter(one["destinations"][0] for one in sent) == dict.fromkeys(post.states(), 1)
    assert len(sent) == 10
    assert {one["source"] for one in sent} == {"lettre@rtes.example"}
    assert {one["destinations"][0]: one["id"] for one in sent} == {
        address: post.reply_to(address)["reply"] for address in post.states()
    }
    assert post.send().was_finished
    assert len(moto.sent()) == 10


def test_amazon_is_handed_the_very_bytes_that_smtp_sends(moto: Moto, served: Served) -> None:
    moto.verify("rtes.example")
    messages = compose(*people(5), edition=make_edition())

    async def run() -> None:
        for transport in (SesTransport(moto.settings), SmtpTransport(served.settings)):
            for message in messages:
                await transport.deliver([message])
            await transport.close()

    asyncio.run(run())
    by_amazon = {one["destinations"][0]: one["raw_data"].encode() for one in moto.sent()}
    assert by_amazon == dict(served.script.received)
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in by_amazon["p001@example.org"]
    assert b"Content-ID: <logo>" in by_amazon["p001@example.org"]


def test_a_sender_that_is_not_verified_stops_the_run_with_everybody_pending(post: Post, moto: Moto) -> None:
    post.transport = moto.settings
    with pytest.raises(StoppedError, match="MessageRejected: Did not have authority to send"):
        post.send()
    assert set(post.states().values()) == {"pending"}
    moto.verify("lettre@rtes.example")
    assert count(post.send(), DeliveryState.ACCEPTED) == 10
    assert len(moto.sent()) == 10
