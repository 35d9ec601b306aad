"""Paints the pictures of the documents: the program on a pseudo-terminal, its screen written as SVG."""

from __future__ import annotations

import re
import sys
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from pyte.screens import Char

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.program import PROGRAM, environment  # noqa: E402 - the source tree is on the path only from here on
from tests.terminal.harness import Terminal  # noqa: E402

CELL, ROW, FONT, MARGIN = 8.43, 17, 14, 12
FOREGROUND, BACKGROUND = "#e0e0e0", "#121212"
FILLER = "\0"
"""In place of the second cell of a wide character."""
WORDS = re.compile(r"\S+(?: \S+)*")
NAMED = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#e5e510",
    "blue": "#2472c8",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file name, the size of the terminal, then pairs of a text to wait for and the keys it is for.

    The picture is taken once `last` is on the screen too. `after` is what to wait for before q is pressed again.
    """

    name: str
    size: tuple[int, int]
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    last: str
    title: str = "The dashboard on the sample register"
    after: str = ""


SHOTS = (
    Shot("dashboard.svg", (120, 36), (("BE-001", ("j", "j")),), "Several recommendation models"),
    Shot("map.svg", (88, 18), (("BE-001", ("5", "z")), ("Whole", ("j", "j", "]"))), "PD-001 dead jobs mask DD-001"),
    Shot(
        "review.svg",
        (88, 26),
        (
            ("BE-001", ("r",)),
            ("items to review", ("\x13",)),
            ("0 reviewed", ("m",)),
            ("1 reviewed", ("\r",)),
        ),
        "2 reviewed",
        "A review of the sample register",
        "resumes it",
    ),
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of cells looks."""

    ink: str
    paper: str
    bold: bool
    italic: bool
    underlined: bool
    struck: bool

    @classmethod
    def of(cls, char: Char) -> Style:
        """The look of a cell of the screen."""
        ink, paper = _colour(char.fg, FOREGROUND), _colour(char.bg, BACKGROUND)
        if char.reverse:
            ink, paper = paper, ink
        return cls(ink, paper, char.bold, char.italics, char.underscore, char.strikethrough)

    def attributes(self) -> str:
        """The SVG attributes of a text in this style."""
        lines = " ".join(name for name, on in (("underline", self.underlined), ("line-through", self.struck)) if on)
        return "".join(
            (
                f' fill="{self.ink}"',
                ' font-weight="bold"' if self.bold else "",
                ' font-style="italic"' if self.italic else "",
                f' text-decoration="{lines}"' if lines else "",
            )
        )


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright"), f"#{name}")


def _row(cells: list[Char], y: float) -> list[str]:
    """The runs of one row of the screen, top at `y`; words are placed one by one, so that no font moves them."""
    drawn, column = [], 0
    for style, run in groupby(cells, Style.of):
        text = "".join(cell.data or FILLER for cell in run)
        if style.paper != BACKGROUND:
            x, width = MARGIN + column * CELL, len(text) * CELL
            drawn.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW}" fill="{style.paper}"/>')
        for words in WORDS.finditer(text):
            x, width = MARGIN + (column + words.start()) * CELL, len(words[0]) * CELL
            shown = escape(words[0].replace(FILLER, ""))
            drawn.append(f'<text x="{x:.1f}" y="{y + 13}" textLength="{width:.1f}"{style.attributes()}>{shown}</text>')
        column += len(text)
    return drawn


def svg(cells: list[list[Char]], title: str) -> str:
    """A screen as SVG that needs nothing from elsewhere; `cells` are its rows."""
    width, height = len(cells[0]) * CELL + 2 * MARGIN, len(cells) * ROW + 2 * MARGIN
    rows = [drawn for index, row in enumerate(cells) for drawn in _row(row, MARGIN + index * ROW)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>text {{ font: {FONT}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; "
            "white-space: pre; }</style>",
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
            *rows,
            "</svg>\n",
        )
    )


def paint(shot: Shot, place: Path) -> str:
    """Run the demo in `place` and return its picture."""
    env = environment(place, TERM="xterm-256color", COLORTERM="truecolor", AI_DEBT_ACTOR="ana")
    with Terminal([*PROGRAM, "demo"], env=env, cwd=place, size=shot.size) as terminal:
        for awaited, keys in shot.steps:
            terminal.wait_for(awaited)
            terminal.press(*keys)
        terminal.wait_for(shot.last)
        terminal.settle()
        picture = svg(terminal.cells, shot.title)
        terminal.press("q")
        if shot.after:
            terminal.wait_for(shot.after)
            terminal.press("q")
        terminal.wait_exit()
    return picture


def main() -> None:
    """Paint every picture into this folder."""
    for shot in SHOTS:
        with tempfile.TemporaryDirectory() as place:
            Path(__file__).with_name(shot.name).write_text(paint(shot, Path(place)), encoding="utf-8")
        sys.stdout.write(f"docs/{shot.name}\n")


if __name__ == "__main__":
    main()
