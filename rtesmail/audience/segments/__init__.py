"""Segments: conditions on people, written by staff in a small language of their own and asked of SQLite."""
