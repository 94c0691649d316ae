"""What decides when a message says several things."""

from typing import Any

import pytest

from rtesmail.feedback.classifying import classify
from rtesmail.feedback.statuses import kind_of_failure
from rtesmail.model.feedback import FeedbackKind, ReturnedDelivery

OURS = "retours+7-0123456789abcdef0123@rtes.example"


def find(address: str) -> ReturnedDelivery | None:
    return ReturnedDelivery(7, "claude@ville.example") if address == OURS else None


def message(text: str, *, to: str = OURS, fields: str = "") -> bytes:
    return f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: {to}\n{fields}\n{text}".encode()


def test_a_bounce_that_names_nobody_is_about_whom_its_return_address_names() -> None:
    told = classify(message("Delivery failed: user unknown", fields="Subject: failure\n"), find)
    assert (told.kind, told.recipients, told.delivery) == (FeedbackKind.HARD_BOUNCE, ("claude@ville.example",), 7)


def test_a_return_address_says_better_than_words_whom_a_bounce_is_about() -> None:
    told = classify(message("<alias@elsewhere.example>:\n550 User unknown", fields="Subject: failure notice\n"), find)
    assert (told.kind, told.recipients) == (FeedbackKind.HARD_BOUNCE, ("claude@ville.example",))


def test_a_return_address_that_is_none_of_ours_names_nobody() -> None:
    told = classify(message("Delivery failed: user unknown", to="retours+7-forged@rtes.example"), find)
    assert (told.kind, told.recipients, told.delivery) == (FeedbackKind.HARD_BOUNCE, (), None)


def test_what_a_delivery_report_says_of_its_recipient_stands_before_the_return_address(samples: Any) -> None:
    content = samples["postfix-unknown"].replace(b"To: retours@rtes.example", b"To: " + OURS.encode(), 1)
    told = classify(content, find)
    assert (told.recipients, told.delivery) == (("claude.vidal@ville.example",), 7)


def test_an_away_message_to_the_return_address_is_no_bounce_and_names_its_person(samples: Any) -> None:
    content = samples["away-left-the-house"].replace(b"To: retours@rtes.example", b"To: " + OURS.encode(), 1)
    told = classify(content, find)
    assert (told.kind, told.recipients) == (FeedbackKind.AUTO_REPLY, ("claude@ville.example",))


def test_each_recipient_of_a_report_has_their_own_reason(samples: Any) -> None:
    told = classify(samples["two-recipients"])
    assert [(report.recipient, report.kind.value) for report in told.reports] == [
        ("deux@ville.example", "mailbox_full"),
        ("un@ville.example", "hard_bounce"),
    ]


def test_the_message_it_is_about_is_known_where_it_is_quoted(samples: Any) -> None:
    ours = "<4021.5d0c3c77b6a94f0e9a1e2f0b8c6d7e51@rtes.example>"
    for name in ("postfix-unknown", "exim-unknown", "arf-yahoo", "away-outlook-fr", "human-thanks"):
        assert classify(samples[name]).message_id == ours


def test_the_token_of_an_unsubscribe_link_is_handed_on(samples: Any) -> None:
    assert classify(samples["unsubscribe-mailto"]).token == "17.YWJvbm5lcw.dGhpcy1pcy1ub3QtYS1yZWFsLXRhZw"


@pytest.mark.parametrize(
    "own",
    [
        "Merci de me désabonner.",
        "Bonjour,\n\nVeuillez me désinscrire de cette liste.\n\nCordialement\nJeanne Morel",
        "STOP",
        "désinscription",
        "Please unsubscribe me.",
        "Je ne souhaite plus recevoir vos messages. Merci",
    ],
)
def test_who_asks_to_leave_and_says_nothing_else_is_heard(own: str) -> None:
    told = classify(f"From: j@ville.example\nSubject: RE: lettre\nIn-Reply-To: <1@x>\n\n{own}\n".encode())
    assert told.kind is FeedbackKind.UNSUBSCRIBE_REQUEST


@pytest.mark.parametrize(
    "own",
    [
        "Pourquoi me désabonner ?",
        "Merci de ne pas me désabonner.",
        "Merci de me désabonner de l'invitation mais pas de la lettre mensuelle.",
        "J'ai supprimé votre message par erreur, pouvez-vous me le renvoyer ?",
        "Une collègue souhaite être désabonnée : Mme Petit.",
        "Le service est en travaux, stop ou encore ? Dites-nous tout de la journée du 12.",
    ],
)
def test_who_says_more_than_that_is_answered_by_a_person(own: str) -> None:
    told = classify(f"From: j@ville.example\nSubject: RE: lettre\nIn-Reply-To: <1@x>\n\n{own}\n".encode())
    assert told.kind is FeedbackKind.HUMAN_REPLY


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("5.1.1", "", "hard_bounce"),
        ("5.1.2", "", "hard_bounce"),
        ("5.1.10", "domain takes no mail", "hard_bounce"),
        ("5.1.8", "sender's domain", "blocked"),
        ("5.2.1", "mailbox disabled", "hard_bounce"),
        ("5.2.2", "", "mailbox_full"),
        ("4.2.2", "", "mailbox_full"),
        ("5.2.3", "", "blocked"),
        ("5.4.7", "delivery time expired", "soft_bounce"),
        ("5.4.6", "mail loop", "soft_bounce"),
        ("5.7.1", "rejected by policy", "blocked"),
        ("5.7.1", "user unknown", "hard_bounce"),
        ("5.7.1", "relaying denied", "soft_bounce"),
        ("5.7.26", "", "blocked"),
        ("4.7.1", "greylisted", "soft_bounce"),
        ("4.1.1", "user unknown", "soft_bounce"),
        ("5.0.0", "550 quota exceeded", "mailbox_full"),
        ("5.1.1", "552 5.1.1 max message size exceeded", "blocked"),
        ("", "550 no", "hard_bounce"),
        ("", "451 later", "soft_bounce"),
        ("", "SFR_IN_105", "blocked"),
        ("", "Service refuse. LPN105_104", "soft_bounce"),
        ("", "Mail rejete. OFR_506", "blocked"),
        ("", "the meeting is on 12 June", None),
    ],
)
def test_a_code_and_words_give_a_kind(status: str, words: str, kind: str | None) -> None:
    assert kind_of_failure(status, words) == kind
