"""A folder as the way out: each message once, and nothing takes another's place."""

from rtesmail.delivery.proofs import send_proof

from .conftest import Post


def test_a_proof_never_takes_the_place_of_a_message_that_was_sent(post: Post) -> None:
    post.send()
    folder = post.transport.folder
    assert folder is not None
    sent = {file.name: file.read_bytes() for file in folder.glob("*.eml")}
    for _again in range(2):
        send_proof(post.workspace, post.edition, ["a@rtes.example", "b@rtes.example"], post.transport, post.watch)
    after = {file.name: file.read_bytes() for file in folder.glob("*.eml")}
    assert len(sent) == 10
    assert after.items() >= sent.items()
    assert len(after) == 14
