"""What was made ready is not made again, and nothing depends on what is kept."""

import io
from pathlib import Path

from PIL import Image

from rtesmail.rendering.pictures.kept import kept_picture
from rtesmail.rendering.pictures.refusals import Refusal

MOST = 200_000


def photograph() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((900, 300), 60).save(written, "PNG")
    return written.getvalue()


def test_what_is_kept_is_given_again_for_the_same_bytes_and_the_same_room(tmp_path: Path) -> None:
    folder, source = tmp_path / "out" / ".pictures", photograph()
    made = kept_picture(folder, source, 552, most_bytes=MOST)
    (file,) = folder.iterdir()
    before = file.stat()
    assert kept_picture(folder, source, 552, most_bytes=MOST) == made
    assert file.stat() == before
    smaller = kept_picture(folder, source, 138, most_bytes=MOST)
    lighter = kept_picture(folder, source, 552, most_bytes=20_000)
    assert isinstance(made, bytes)
    assert isinstance(smaller, bytes)
    assert isinstance(lighter, bytes)
    assert len(smaller) < len(made)
    assert len(lighter) < len(made)
    assert len(list(folder.iterdir())) == 3


def test_a_damaged_emptied_or_locked_folder_changes_nothing(tmp_path: Path) -> None:
    folder, source = tmp_path / ".pictures", photograph()
    made = kept_picture(folder, source, 552, most_bytes=MOST)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:40], whole[:-1], b"\0" * len(whole), whole[:32] + b"<script>"):
        file.write_bytes(damaged)
        assert kept_picture(folder, source, 552, most_bytes=MOST) == made
        assert file.read_bytes() == whole
    file.unlink()
    assert kept_picture(folder, source, 552, most_bytes=MOST) == made
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    assert kept_picture(in_the_way / ".pictures", source, 552, most_bytes=MOST) == made


def test_a_refusal_is_not_kept_since_the_reader_may_become_better(tmp_path: Path) -> None:
    assert isinstance(kept_picture(tmp_path / "p", b"nothing", 552, most_bytes=MOST), Refusal)
    assert not (tmp_path / "p").exists()
