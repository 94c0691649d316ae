"""The way out over SMTP: connections kept open, transactions whose end is known."""
