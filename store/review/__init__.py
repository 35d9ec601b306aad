"""Reviews: a queue of items that people review together, what they decide, and what has changed since."""
