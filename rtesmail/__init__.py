"""rtesmail: a newsletter and mailing pipeline, from content snippets to inboxes."""

__version__ = "0.1.0"
