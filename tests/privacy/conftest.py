"""The house of the deliveries' tests, in which a mailing went to real servers on loopback."""

from ..delivery.conftest import mailed, post, served

__all__ = ["mailed", "post", "served"]
