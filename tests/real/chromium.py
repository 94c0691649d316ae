"""The real Chromium of the tests is driven as the product drives it."""

from rtesmail.web.chromium import Chromium

__all__ = ["Chromium"]
