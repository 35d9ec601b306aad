"""Changes to the text of a map, by their places in it, written into the lines of its document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.formats.document.edits import Edits
    from store.formats.mermaid.chart import Chart, LinkStyle, Paint, Properties, Statement

_INDENT = re.compile(r"[ \t]*")
_BETWEEN = "; \t\n"
_ARROWS = ("-", "=", "~", "<")


class Change(NamedTuple):
    """What stands from `start` to `end` becomes these statements."""

    start: int
    end: int
    statements: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether what stands behind on the line may stay there: one statement, and no comment."""
        return len(self.statements) == 1 and not self.statements[0].startswith("%%")


class ChartEdits:
    """Collects changes to a map; a line without one stays as it is."""

    def __init__(self, edits: Edits, chart: Chart) -> None:
        self._edits = edits
        self._chart = chart
        self._changes: list[Change] = []
        known: tuple[Statement | Paint | LinkStyle | Properties, ...]
        known = (*chart.statements, *chart.paints, *chart.link_styles, *chart.properties)
        self._known: dict[int, list[tuple[int, int]]] = {}
        for start, end in sorted((each.start, each.end) for each in known):
            self._known.setdefault(chart.together(chart.line(start)).start, []).append((start, end))

    def change(self, start: int, end: int, *statements: str) -> None:
        """Put these statements in the place of one, or of a part of one."""
        self._changes.append(Change(start, end, statements))

    def indent(self, line: int) -> str:
        """The blanks before what stands on a line, or is to stand behind the header."""
        start, end = self._chart.span(range(line, line + 1))
        match = _INDENT.match(self._chart.text, start, end)
        indent = match[0] if match else ""
        return indent + "    " if line == self._chart.header else indent

    def closed(self, lines: Sequence[str], last: int) -> list[str]:
        """These lines to stand behind the line `last`, closed where an arrow would go on from them.

        Such an arrow begins a line that is not understood: it would join what comes to stand before it.
        """
        text = self._chart.text
        following = (line for line in range(last + 1, self._chart.first + len(self._chart.starts)))
        shown = ((line, text[slice(*self._chart.span(range(line, line + 1)))].strip()) for line in following)
        after = next(((line, said) for line, said in shown if said and not said.startswith("%%")), None)
        if after is None or after[0] not in self._chart.unknown or not after[1].startswith(_ARROWS):
            return list(lines)
        end = next((at for at in reversed(range(len(lines))) if not lines[at].strip().startswith("%%")), None)
        return [f"{line};" if at == end else line for at, line in enumerate(lines)] or [";"]

    def write(self) -> None:
        """Hand the changed lines on."""
        groups: dict[range, list[Change]] = {}
        for change in sorted(self._changes):
            groups.setdefault(self._chart.together(self._chart.line(change.start)), []).append(change)
        for lines, changes in groups.items():
            start, end = self._chart.span(lines)
            if all(change.fits for change in changes):
                written = apply(self._chart.text, changes, start, end).split("\n")
            else:
                written = self._apart(lines, changes)
            self._replace(lines, self._chart.text[start:end].split("\n"), written)

    def _apart(self, lines: range, changes: Sequence[Change]) -> list[str]:
        """Every statement on a line of its own, where one has become several or none."""
        text, (position, stop) = self._chart.text, self._chart.span(lines)
        indent = self.indent(lines.start)
        pieces: list[str] = []
        for start, end in self._known[lines.start]:
            own = [change for change in changes if start <= change.start <= end]
            whole = next((change for change in own if (change.start, change.end) == (start, end)), None)
            pieces.append(text[position:start].strip(_BETWEEN))
            pieces += whole.statements if whole else [apply(text, own, start, end)]
            position = end
        pieces.append(text[position:stop].lstrip(_BETWEEN).rstrip())
        pieces = [piece for piece in pieces if piece]
        heads = [pieces.pop(0)] if lines.start == self._chart.header else []
        written = self.closed([*heads, *(indent + piece for piece in pieces)], lines.stop - 1)
        return "\n".join(written).split("\n") if written else []

    def _replace(self, lines: range, old: Sequence[str], new: Sequence[str]) -> None:
        """Put lines in the place of others, without those that stay at either end."""
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
        first, last, written = lines.start + head, lines.stop - tail, new[head : len(new) - tail]
        if first < last:
            self._edits.replace(first, *written)
            self._edits.remove(first + 1, last)
        elif head:
            self._edits.replace(first - 1, old[head - 1], *written)
        else:
            self._edits.replace(first, *written, old[0])


def apply(text: str, changes: Sequence[Change], start: int, end: int) -> str:
    """The text from `start` to `end` with some spans replaced, each by one statement."""
    pieces = []
    for change in changes:
        pieces += [text[start : change.start], *change.statements]
        start = change.end
    return "".join(pieces) + text[start:end]
