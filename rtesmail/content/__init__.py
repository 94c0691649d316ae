"""Files become an Issue: the workspace, its snippets, the assembly of an issue."""
