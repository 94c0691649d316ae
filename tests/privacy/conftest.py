"""The house of the delivery tests, with a mailing over, and what was done in it to find again."""

import importlib.util
import sys
from pathlib import Path

# The same house as the tests of the deliveries: a real database, a real edition, real messages in a folder.
_PATH = Path(__file__).parents[1] / "delivery" / "conftest.py"
