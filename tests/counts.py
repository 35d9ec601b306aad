"""How often a harness does what it does: a few times in every run, in full numbers where `AI_DEBT_SOAK` is set."""

from __future__ import annotations

import os


def count(small: int, full: int) -> int:
    """`small`, or `full` below `make soak`."""
    return full if os.environ.get("AI_DEBT_SOAK") else small
