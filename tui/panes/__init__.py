"""The five panes of the dashboard, one file each."""
