"""The rules that every register has: nothing overdue, no acceptance that has ended."""

from __future__ import annotations

BUILTIN = {"Overdue": "is:overdue", "Acceptance ended": "is:ended"}
"""Their queries by name."""
