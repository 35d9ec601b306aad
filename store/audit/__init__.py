"""The audit log: what changed, when, and by whom."""
