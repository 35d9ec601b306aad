"""Text in and out: pure functions, no database and no files."""
