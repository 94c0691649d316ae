"""Proofs go to colleagues, marked, and leave no trace in the ledger; the catcher keeps what it was given."""

import email
import email.policy
from pathlib import Path

from rtesmail.delivery.catcher import Catcher
from rtesmail.delivery.planning import plan_mailing
from rtesmail.delivery.proofs import all_accepted, send_proof
from rtesmail.delivery.tokens import Purpose, load_secret, verify
from rtesmail.model.mailing import DeliveryState
from rtesmail.model.publication import TransportKind, TransportSettings

from .conftest import Post, Script, make_edition, suppress


def test_a_proof_needs_no_approval_and_touches_no_ledger(post: Post, tmp_path: Path) -> None:
    edition = make_edition(subject="Pas encore approuvé")
    with Catcher(tmp_path / "recus") as catcher:
        transport = TransportSettings("local", TransportKind.SMTP, host=catcher.host, port=catcher.port)
        results = send_proof(
            post.workspace, edition, ["a@rtes.example", "b@rtes.example", "a@rtes.example"], transport, post.watch
        )
        files = catcher.messages()
    assert all_accepted(results)
    assert [file.name for file in files] == ["0001-a@rtes.example.eml", "0002-b@rtes.example.eml"]
    message = email.message_from_bytes(files[0].read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "[BAT] Pas encore approuvé"
    assert message["List-Unsubscribe"] is None
    assert post.states() == {}


def test_a_proofs_links_unsubscribe_nobody(post: Post, tmp_path: Path) -> None:
    with Catcher(tmp_path / "recus") as catcher:
        transport = TransportSettings("local", TransportKind.SMTP, host=catcher.host, port=catcher.port)
        send_proof(post.workspace, post.edition, ["a@rtes.example"], transport, post.watch)
        message = email.message_from_bytes(catcher.messages()[0].read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    token = str(body.get_content()).split("/u/")[1].strip()
    grant = verify(load_secret(post.workspace), Purpose.UNSUBSCRIBE, token)
    assert grant is None or grant.subscriber == 0


def test_a_refused_proof_is_told_per_colleague(mailed: tuple[Post, Script]) -> None:
    post, script = mailed
    script.behaviour["b@rtes.example"] = ["550 5.1.1 No such user"]
    results = send_proof(post.workspace, post.edition, ["a@rtes.example", "b@rtes.example"], post.transport, post.watch)
    assert [(address, outcome.state) for address, outcome in results] == [
        ("a@rtes.example", DeliveryState.ACCEPTED),
        ("b@rtes.example", DeliveryState.REFUSED),
    ]
    assert not all_accepted(results)


def test_a_plan_counts_without_writing(post: Post) -> None:
    suppress(post.store, "p001@example.org")
    suppress(post.store, "p002@example.org", "complained")
    post.store.conn.execute("UPDATE subscribers SET status = 'bounced' WHERE email = 'p003@example.org'")
    post.store.conn.execute("UPDATE subscribers SET email = 'nulle part' WHERE email = 'p004@example.org'")
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "abonnes", post.edition, post.transport)
    assert (plan.would_get, plan.unwritable) == (6, ("nulle part",))
    assert plan.held_back == {"unsubscribed": 1, "complained": 1, "the address bounced": 1}
    assert plan.largest_bytes > 1000
    assert plan.approval is not None
    assert (post.states(), plan.mailing) == ({}, None)


def test_a_plan_of_a_begun_mailing_counts_who_still_waits(post: Post) -> None:
    post.send(limit=4)
    plan = plan_mailing(
        post.store, post.workspace, post.edition.issue, "abonnes", make_edition(subject="Autre"), post.transport
    )
    assert (plan.would_get, dict(plan.held_back)) == (6, {})
    assert plan.mailing is not None


def test_a_plan_tells_who_got_the_issue_through_another_list(post: Post) -> None:
    from .conftest import add_people

    first = post.send()
    add_people(post.store, 4, list_name="elus", start=9)
    plan = plan_mailing(post.store, post.workspace, post.edition.issue, "elus", post.edition, post.transport)
    assert plan.would_get == 2
    assert plan.held_back == {f"already in mailing {first.mailing.id}": 2}
