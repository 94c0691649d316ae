"""What everything is: frozen dataclasses and enums. No input or output, and no import of our own."""
