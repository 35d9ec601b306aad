"""Accepted debt as a Markdown document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.markdown import encode_cell, encode_prose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.policy.rows import AcceptedRow

_HEADS = ("ID", "Debt", "Severity", "Accepted by", "Why", "Since", "Until", "State")
_STATES = {"none": "in effect", "ending": "ending", "ended": "ended"}


def markdown(rows: Sequence[AcceptedRow], *, title: str, system: str | None, day: date) -> str:
    """A heading, the day, and a table of the accepted items, what has ended first."""
    ended = sum(1 for row in rows if row.state == "ended")
    called = f"{title}, {system}" if system else title
    told = f"{called}, as of {day.isoformat()} (UTC): {len(rows)} accepted, {ended} of them past the end"
    lines = ["# Accepted debt", "", f"{encode_prose(' '.join(told.split()))}."]
    if rows:
        lines += ["", _row(_HEADS), _row(("---",) * len(_HEADS))]
        lines += [_row([encode_cell(text) for text in _cells(row)]) for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: AcceptedRow) -> tuple[str, ...]:
    return (
        row.key,
        row.lead,
        row.severity.value,
        row.by or "not said",
        row.why or "not said",
        row.since.date().isoformat(),
        row.until.isoformat() if row.until is not None else "no end",
        _STATES[row.state],
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
