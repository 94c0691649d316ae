"""Texts from outside as SQLite can hold them."""


def storable(text: str) -> str:
    """Write `?` for what no UTF-8 can say: a file name or an argument typed in another encoding holds such signs."""
    return text.encode("utf-8", "replace").decode("utf-8")
