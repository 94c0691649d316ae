"""The signed-off account of a mailing that is over."""
