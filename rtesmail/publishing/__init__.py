"""Approved issues for everybody: a static archive, and what partners need to relay them."""
