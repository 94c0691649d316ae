"""What a library says in English only, in the reader's words: patterns with what stands for them."""

import re
from collections.abc import Iterable


def in_words(said: str, usual: Iterable[tuple[str, str]]) -> str:
    """Give the words of the first pattern that all of `said` matches; said itself when none does.

    `usual` are regular expressions with their words, in which `{0}`, `{1}` or `{NAME}` stand for what the pattern's
    groups matched.
    """
    for pattern, words in usual:
        if found := re.fullmatch(pattern, said):
            return words.format(*found.groups(), **found.groupdict())
    return said
