"""Editing items: forms, conflicts, drafts, and the commands of the selected items."""
