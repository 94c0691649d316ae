"""The `rtesmail` command."""


def main() -> None:
    raise SystemExit(0)
