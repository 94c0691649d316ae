"""Templates compiled once and kept between commands: Jinja takes longer to compile them than to render a letter."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FileSystemBytecodeCache, __version__

from rtesmail.rendering.keeping import digest_of, forget_oldest, state_of
from rtesmail.rendering.translations import state_of_texts

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

_NAMES = "rtesmail_%s.cache"
"""Apart from what other programs keep in the same folder."""


class CompiledTemplates(FileSystemBytecodeCache):
    """Jinja's own keeping, in the user's folder below the system's temporary one; another user's is refused there.

    Not in the workspace, which people copy and share: what is kept is code and runs outside of the sandbox.
    """

    def __init__(self, language: str) -> None:
        """Keep the templates as compiled for a language.

        Raises:
            OSError: there is no folder that belongs to the user alone.
            RuntimeError: the same.
        """
        super().__init__(pattern=_NAMES)
        self._is_tidy = False
        self._made_by = " ".join((language, __version__, state_of("rtesmail.rendering"), state_of_texts()))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Name what is kept by all that it depends on but the template's text, which Jinja compares itself.

        Filters of constants are worked out when a template is compiled, so the language and our own code count.
        """
        return digest_of(name, filename or "", self._made_by)

    def load_bytecode(self, bucket: "Bucket") -> None:
        """Do as Jinja does; what is damaged is made again."""
        try:
            super().load_bytecode(bucket)
        except Exception:  # noqa: BLE001 - pickle raises whatever a damaged file makes it stumble over
            bucket.reset()

    def dump_bytecode(self, bucket: "Bucket") -> None:
        """Do as Jinja does; where nothing can be written, nothing is kept. What is old goes once a process."""
        with suppress(OSError):
            super().dump_bytecode(bucket)
            if not self._is_tidy:
                forget_oldest(Path(self.directory), _NAMES % "*")
                self._is_tidy = True


def keep_compiled(language: str) -> CompiledTemplates | None:
    """Give where templates of a language are kept compiled; None where there is no safe place."""
    with suppress(OSError, RuntimeError):
        return CompiledTemplates(language)
    return None
