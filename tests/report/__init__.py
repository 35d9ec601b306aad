"""Tests of the report for leadership."""
