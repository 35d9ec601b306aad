"""Tests of each step of the layout alone: to be read beside the step."""
