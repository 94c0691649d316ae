"""An Issue becomes an Edition: HTML, plain text, calendar entries."""
