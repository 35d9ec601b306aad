"""Where a register lives: its file, who may write it and whose turn it is, and short transactions in it."""

from store.database.transactions import Clock, Database, default_path, now, path_of

__all__ = ["Clock", "Database", "default_path", "now", "path_of"]
