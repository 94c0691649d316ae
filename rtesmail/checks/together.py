"""What stops an issue is told with all else that is wrong in its files, so that staff mend them in one go."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rtesmail.model.errors import ContentError
from rtesmail.model.findings import Finding


@contextmanager
def told_together(findings: Iterable[Finding]) -> Iterator[None]:
    """Have the mistakes that stop a block, such as a template's, come with findings that are known before.

    Raises:
        ContentError: the block's own, with all of them.
    """
    try:
        yield
    except ContentError as error:
        # Only here: what finds nothing wrong, such as most builds, need not import the checks.
        from rtesmail.checks.registry import sort_findings

        raise ContentError(str(error), sort_findings((*error.findings, *findings)), hint=error.hint) from error
