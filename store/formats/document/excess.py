"""The error of a text that goes past a limit."""

from __future__ import annotations


class ExcessError(Exception):
    """A text goes past a limit at `line` (from 0); `what` and `remedy` as in RegisterError."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy
