"""Reusable widgets: a painted list, frames, bars and fields."""
