"""How fast messages may leave, and when the last one would."""
