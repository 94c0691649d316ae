"""What a site publishes by itself, RSS, Atom or iCalendar, becomes draft snippets."""
