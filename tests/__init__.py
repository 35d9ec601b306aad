"""The tests of AI Debt Register."""
