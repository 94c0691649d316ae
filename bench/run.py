"""All measures in one run: `make bench`."""

import building
import composing
import importing
import latency
import memory
import preview
import sending
import startup
from results import Row, keep, show


def main() -> None:
    rows: list[Row] = []
    for measure in (
        startup.measure,
        building.measure,
        composing.measure,
        importing.measure,
        sending.measure,
        latency.measure,
        memory.measure,
        preview.measure,
    ):
        found = measure()
        show(found)
        rows += found
    keep(rows)


if __name__ == "__main__":
    main()
