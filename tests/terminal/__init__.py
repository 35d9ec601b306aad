"""Tests of what only a real terminal shows."""
