"""Tests of each step of the layout alone: to be read next to the step."""
