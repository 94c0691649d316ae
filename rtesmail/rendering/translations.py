"""The words of an edition in its publication's language, from the package's own catalogues."""

from functools import lru_cache
from gettext import NullTranslations
from gettext import translation as find_translation
from pathlib import Path

LOCALES = Path(__file__).parents[1] / "locale"


@lru_cache(maxsize=8)
def translation(language: str) -> NullTranslations:
    """Give the catalogue of a language such as `fr` or `fr-BE`; English, the source, where there is none.

    The language of the terminal plays no part: a French edition is French on every machine.
    """
    code = language.replace("-", "_")
    candidates = list(dict.fromkeys((code, code.split("_")[0])))
    return find_translation("rtesmail", localedir=LOCALES, languages=candidates, fallback=True)


def state_of_texts(folder: Path = LOCALES) -> str:
    """Tell the catalogues from those of another version, by their moments and their bytes."""
    found = [path.stat() for path in sorted(folder.rglob("*.mo"))]
    return " ".join(f"{file.st_mtime_ns} {file.st_size}" for file in found)
