"""The SQLite file: opening it and migrating it, nothing else."""
