"""A review: its queue, one item after another, and its minutes."""
