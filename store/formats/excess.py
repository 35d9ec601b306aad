"""What ends reading a text that holds more of something than can be taken in."""

from __future__ import annotations


class ExcessError(Exception):
    """A text goes past a limit at `line` (from 0): what is too much there, and what to do."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy
