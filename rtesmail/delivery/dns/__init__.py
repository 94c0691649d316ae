"""How the sender's domain stands with receivers: what DNS says of who may write in its name."""
