"""Pages served from this machine: the preview."""
