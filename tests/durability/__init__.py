"""Harnesses that try to make a register lose something, each shown to see it when something is lost."""
