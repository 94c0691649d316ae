"""The bytes of messages: encoded once for all, filled per person."""
