"""DKIM: keys, signatures, and the processes that sign ahead."""
