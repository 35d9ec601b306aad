"""The dashboard: its screen, what is selected and filtered on it, and what others change."""
