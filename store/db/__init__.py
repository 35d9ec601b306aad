"""The database of a register: connections, files, locks, and migrations."""
