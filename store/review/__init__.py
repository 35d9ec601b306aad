"""Reviews: a queue of items that people go through together, what they decide, and what changed since."""
