"""`python -m rtesmail` is the `rtesmail` command."""

from rtesmail.cli.main import main

main()
