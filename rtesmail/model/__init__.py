"""What everything is: frozen Structs and enums. No input or output, and no import of our own."""
