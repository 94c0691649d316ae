"""A signed link says who, on which list, for what, and nothing else."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtesmail.audience.imports import LONGEST_LIST_NAME
from rtesmail.content.workspace import load_workspace
from rtesmail.delivery.tokens import (
    Grant,
    LinkMaker,
    Purpose,
    load_secret,
    load_secrets,
    seal,
    sign,
    unseal,
    verify,
    verify_with,
)
from rtesmail.model.errors import WorkspaceError
from rtesmail.rendering.slots import longest_values

from .conftest import Post

SECRET = b"0123456789abcdef"


@given(subscriber=st.integers(0, 10**12), list_name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_token_gives_back_what_was_signed_in_characters_fit_for_a_url(subscriber: int, list_name: str) -> None:
    token = sign(SECRET, Purpose.UNSUBSCRIBE, subscriber, list_name)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert verify(SECRET, Purpose.UNSUBSCRIBE, token) == Grant(Purpose.UNSUBSCRIBE, subscriber, list_name)


@pytest.mark.parametrize("public_url", ["https://lettre.example", ""])
def test_an_edition_is_weighed_with_links_as_long_as_the_longest_that_leave(
    demo_workspace: Path, public_url: str
) -> None:
    demo = load_workspace(demo_workspace)
    identity = replace(demo.configuration.identity, public_url=public_url)
    workspace = replace(demo, configuration=replace(demo.configuration, identity=identity))
    name = "é" * LONGEST_LIST_NAME
    made = LinkMaker(secret=SECRET, public_url=public_url, mailbox=identity.unsubscribe, list_name=name)
    links, values = made.links_of(2**63 - 1), longest_values(workspace)
    assert len(links.unsubscribe_url) == len(values.unsubscribe_url)
    assert len(links.preferences_url) == len(values.preferences_url)


def test_a_token_is_useless_for_another_purpose_or_secret() -> None:
    token = sign(SECRET, Purpose.UNSUBSCRIBE, 42, "abonnes")
    assert verify(SECRET, Purpose.PREFERENCES, token) is None
    assert verify(b"another secret!!", Purpose.UNSUBSCRIBE, token) is None


@given(st.text(max_size=60))
def test_anything_else_is_no_token(text: str) -> None:
    assert verify(SECRET, Purpose.UNSUBSCRIBE, text) is None


def test_every_changed_character_voids_a_token() -> None:
    token = sign(SECRET, Purpose.UNSUBSCRIBE, 42, "abonnes")
    for position in range(len(token)):
        changed = token[:position] + ("A" if token[position] != "A" else "B") + token[position + 1 :]
        # The last base64 digit holds bits that decode to nothing; it is compared as written all the same.
        assert verify(SECRET, Purpose.UNSUBSCRIBE, changed) is None


def test_the_secret_is_made_once_for_this_user_only(post: Post) -> None:
    first = load_secret(post.workspace)
    assert len(first) == 64
    assert load_secret(post.workspace) == first
    assert stat.S_IMODE(post.workspace.secret_key.stat().st_mode) == 0o600
    assert [file.name for file in post.workspace.secret_key.parent.glob("*secret*")] == ["secret.key"]


def test_what_a_killed_process_left_of_a_secret_is_in_nobodys_way(post: Post) -> None:
    left = post.workspace.secret_key.with_name(f".secret.key.{os.getpid()}")
    left.write_bytes(b"")
    assert len(load_secret(post.workspace)) == 64


def test_a_secret_that_cannot_be_made_says_why_and_leaves_nothing_behind(post: Post) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from rtesmail.delivery.tokens import load_secret\n"
        "from types import SimpleNamespace; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "load_secret(SimpleNamespace(secret_key=Path(sys.argv[1])))"
    )
    done = subprocess.run([sys.executable, "-c", code, post.workspace.secret_key], capture_output=True, text=True)
    assert f"The secret {post.workspace.secret_key} cannot be made: File too large" in done.stderr
    assert list(post.workspace.secret_key.parent.glob("*secret*")) == []


def test_the_environment_can_give_the_secret(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTESMAIL_SECRET", "une phrase assez longue")
    assert load_secret(post.workspace) == b"une phrase assez longue"
    assert not post.workspace.secret_key.exists()


def test_a_short_secret_is_refused_without_being_shown(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTESMAIL_SECRET", "court")
    with pytest.raises(WorkspaceError, match="RTESMAIL_SECRET is too short") as error:
        load_secret(post.workspace)
    assert "court" not in str(error.value)


def test_a_new_secret_signs_and_the_older_ones_still_read(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.workspace.secret_key.write_text("the secret of this year\n\nthe secret of last year  \n", encoding="utf-8")
    new, old = b"the secret of this year", b"the secret of last year"
    assert load_secret(post.workspace) == new
    assert load_secrets(post.workspace) == (new, old)
    token = sign(old, Purpose.PREFERENCES, 42, "abonnes")
    assert verify_with((new, old), Purpose.PREFERENCES, token) == Grant(Purpose.PREFERENCES, 42, "abonnes")
    assert verify_with((new,), Purpose.PREFERENCES, token) is None
    monkeypatch.setenv("RTESMAIL_SECRET", "a secret of the environment")
    assert load_secrets(post.workspace) == (b"a secret of the environment", new, old)


def test_a_short_older_secret_is_refused(post: Post) -> None:
    post.workspace.secret_key.write_text("the secret of this year\ncourt\n", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="too short"):
        load_secrets(post.workspace)


@given(content=st.text(st.characters(exclude_categories=["Cs"]), max_size=80), cut=st.integers(0, 200))
def test_a_sealed_content_comes_back_whole_or_not_at_all(content: str, cut: int) -> None:
    token = seal(SECRET, Purpose.CONFIRM, content)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert unseal((b"another secret!!", SECRET), Purpose.CONFIRM, token) == content
    assert unseal((SECRET,), Purpose.RETURN, token) is None
    assert unseal((SECRET,), Purpose.CONFIRM, token[: cut % len(token)]) is None
