"""Tests of the pictures of the dependency map."""
