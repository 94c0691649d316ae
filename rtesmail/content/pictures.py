"""What kind of picture a file is, by its first bytes: a name promises nothing."""

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
"""The kinds that every mail client shows, and how a file of each is called."""


def media_type_of(content: bytes) -> str | None:
    """Tell PNG, JPEG or GIF; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return None
