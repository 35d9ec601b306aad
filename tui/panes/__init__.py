"""The panes of the dashboard, one file each, and their table."""
