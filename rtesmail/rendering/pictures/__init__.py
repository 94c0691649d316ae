"""Pictures of the workspace made ready for mail, and kept so until they change."""
