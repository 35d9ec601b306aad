"""Durability is tested with the disk as the program uses it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _synchronous() -> None:
    """Wait for the disk with each commit."""
