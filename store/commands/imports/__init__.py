"""Import: plan, merge, apply."""
