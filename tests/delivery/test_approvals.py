"""An approval binds one digest, and keeps the very bytes that were approved."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rtesmail.delivery.approvals import approve, find_approval, latest_approval, load_edition
from rtesmail.model.edition import EditionImage
from rtesmail.model.errors import RefusedError, WorkspaceError

from .conftest import START, Post, make_edition


def test_approving_twice_keeps_the_first_yes(post: Post) -> None:
    again = approve(post.store, post.edition, by="Quelqu’un d’autre", now=START)
    assert again.approved_by == "Une Relectrice"
    assert find_approval(post.store, post.edition) == again


def test_an_edit_voids_an_approval_and_undoing_it_gives_it_back(post: Post) -> None:
    edited = make_edition(text="Autre chose\n")
    assert find_approval(post.store, edited) is None
    latest = latest_approval(post.store, edited.issue)
    assert latest is not None
    assert latest.digest == post.edition.digest
    assert find_approval(post.store, make_edition()) is not None


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "\u200b", "\u202e\u2066", "–", "12"])
def test_nobody_cannot_approve(post: Post, name: str) -> None:
    with pytest.raises(RefusedError, match="needs the name"):
        approve(post.store, make_edition(subject="x"), by=name, now=START)


def test_a_name_holds_no_sign_that_turns_or_colours_what_is_read(post: Post) -> None:
    given = approve(post.store, make_edition(subject="x"), by="\x1b[31mAna\u202e\u202fSilva", now=START)
    assert given.approved_by == "[31mAna Silva"


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=words, page=words, text=words, image=st.binary(max_size=100))
def test_a_kept_edition_comes_back_byte_for_byte(post: Post, subject: str, page: str, text: str, image: bytes) -> None:
    edition = make_edition(
        subject=subject,
        html=page,
        text=text,
        images=(EditionImage("a", "image/png", image), EditionImage("b", "x/y", b"")),
    )
    approve(post.store, edition, by="Une Relectrice", now=START)
    assert load_edition(post.store, edition.digest) == edition


def test_an_edition_that_was_never_kept_is_told(post: Post) -> None:
    with pytest.raises(WorkspaceError, match="no edition"):
        load_edition(post.store, "0" * 64)
