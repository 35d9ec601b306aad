"""Paints the pictures of the documents: the dashboard on a pseudo-terminal, its screens written as SVG."""

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

from store.db.database import Database  # noqa: E402
from store.queries.report import report  # noqa: E402
from tests.program import environment  # noqa: E402 - the source tree is on the path only from here on
from tests.report import scenario  # noqa: E402
from tests.report.browser import Browser, is_installed  # noqa: E402
from tests.terminal.harness import Terminal  # noqa: E402
from tui.report.html import html  # noqa: E402
from tui.report.page import page  # noqa: E402
from tui.theme import DARK  # noqa: E402

CELL, ROW, FONT, MARGIN = 8.43, 17, 14, 12
FOREGROUND, BACKGROUND, ACCENT = str(DARK.foreground), str(DARK.background), str(DARK.accent)
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
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tui.app import run
from tui.host import Target
from tui.theme import DARK

clock, moment = Path(sys.argv[2]), datetime(2026, 3, 30, 9, tzinfo=UTC)
target = Target(
    sys.argv[1],
    named=False,
    sample=True,
    actor="ana",
    clock=lambda: moment,
    monotonic=lambda: float(clock.read_text(encoding="utf-8")),
)
sys.exit(run(target, DARK.name))
"""
"""The dashboard on the sample, always of the same person and day; its seconds are those that a file says."""
FRAME_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class Step:
    """What to wait for, and what is pressed once it shows; with a `caption`, the screen before that is a frame.

    seconds: how long the user took to decide. No time passes otherwise, so that two runs paint the same.
    """

    awaited: str
    keys: tuple[str, ...] = ()
    caption: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its file name, the size of the terminal, and the steps of which it has the frames.

    A picture with one frame is a still without captions; `still` is the frame that shows where nothing moves.
    """

    name: str
    size: tuple[int, int]
    title: str
    steps: tuple[Step, ...]
    still: int = 0


SHOTS = (
    Shot(
        "dashboard.svg",
        (120, 36),
        "The dashboard on the sample register",
        (Step("BE-001", ("j", "j")), Step("Several recommendation models", caption="EN-001")),
    ),
    Shot(
        "map.svg",
        (88, 18),
        "The dependency map of the sample register",
        (
            Step("BE-001", ("5", "z")),
            Step("Whole", ("j", "j", "]")),
            Step("PD-001 dead jobs mask DD-001", caption="A dependency"),
        ),
    ),
    Shot(
        "review.svg",
        (88, 26),
        "A review of the sample register",
        (
            Step("BE-001", ("r",), "r starts a review"),
            Step("items to review", ("Tab", "End", "; bo")),
            Step("ana; bo", ("ctrl+s",), "who takes part, and what to review"),
            Step("1 of 15", ("m",), "one item at a time, the most urgent first: m records that it is mitigated", 41),
            Step("1 reviewed", ("Enter",), "every decision is recorded, and u undoes it: Enter keeps this one", 12),
            Step("2 reviewed", ("F",), "F records a follow-up"),
            Step("the task", ("measure the skew every week", "Tab", "bo")),
            Step("Owner bo", ("ctrl+s",), "what is to be done, by whom and until when"),
            Step("measure the skew", ("a",), "a accepts the debt"),
            Step("why you accept", ("the rewrite in Q3 removes it",)),
            Step("the rewrite in Q3", ("ctrl+s",), "why, by whom, and until when", 58),
            Step("3 reviewed", ("X",), "X ends the review, at any time"),
            Step("End review 1", ("y",), "what is left comes up in the next one"),
            Step("export its minutes", ("Esc",)),
            Step("close", caption="the minutes: what was decided, by whom, from which value to which"),
        ),
        still=2,
    ),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A screen, and what is said below it."""

    cells: list[list[Char]]
    caption: str


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
        ink, paper = _color(char.fg, FOREGROUND), _color(char.bg, BACKGROUND)
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


def _color(name: str, default: str) -> str:
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


def svg(frames: list[Frame], shot: Shot) -> str:
    """Screens as one SVG that needs nothing from elsewhere; a row is drawn once for as long as it stays the same."""
    columns, lines = shot.size
    moves = len(frames) > 1
    width, height = columns * CELL + 2 * MARGIN, (lines + 2 * moves) * ROW + 2 * MARGIN
    drawn, spans = [], set()
    for index in range(lines + 1 if moves else lines):
        rows = [_row_of(frame, index, MARGIN + (index + (index == lines)) * ROW) for frame in frames]
        for row, run in groupby(enumerate(rows), lambda each: each[1]):
            numbers = [number for number, _ in run]
            if not row:
                continue
            if len(numbers) == len(frames):
                drawn += row
            else:
                span = numbers[0], numbers[-1] + 1
                spans.add(span)
                drawn += [f'<g class="{_class(span)}">', *row, "</g>"]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
            f"<title>{escape(shot.title)}</title>",
            f"<style>text {{ font: {FONT}px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; "
            "white-space: pre; }",
            *(_shown_from_to(span, len(frames), is_still=shot.still in range(*span)) for span in sorted(spans)),
            "</style>",
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
            *drawn,
            "</svg>\n",
        )
    )


def _row_of(frame: Frame, index: int, y: float) -> list[str]:
    """A row of a frame; the one below its screen is the caption."""
    if index < len(frame.cells):
        return _row(frame.cells[index], y)
    return [f'<text x="{MARGIN + CELL:.1f}" y="{y + 13}" fill="{ACCENT}">{escape(frame.caption)}</text>']


def _class(span: tuple[int, int]) -> str:
    return f"f{span[0]}-{span[1]}"


def _shown_from_to(span: tuple[int, int], frames: int, *, is_still: bool) -> str:
    """The rule that shows a row during some of the frames; in a still, those of one frame."""
    name, (start, end) = _class(span), (100 * at / frames for at in span)
    states = ((0, not span[0]), (start, True), (end, span[1] == frames))
    steps = " ".join(f"{at:.4g}% {{ visibility: {_visibility(shown)}; }}" for at, shown in states)
    animation = f"{name} {frames * FRAME_SECONDS:g}s step-end infinite"
    return f".{name} {{ visibility: {_visibility(is_still)}; animation: {animation}; }} @keyframes {name} {{ {steps} }}"


def _visibility(is_shown: bool) -> str:
    return "visible" if is_shown else "hidden"


def paint(shot: Shot, place: Path) -> str:
    """Run the dashboard in `place` and return its picture."""
    clock, frames = place / "seconds", []
    program = (sys.executable, "-P", "-c", PROGRAM, str(place / "register.db"), str(clock))
    env = environment(place, TERM="xterm-256color", COLORTERM="truecolor")
    clock.write_text("0", encoding="utf-8")
    with Terminal(program, env=env, cwd=place, size=shot.size) as terminal:
        seconds = 0
        for step in shot.steps:
            terminal.wait_for(step.awaited)
            terminal.settle()
            if step.caption:
                frames.append(Frame(terminal.cells, step.caption))
            seconds += step.seconds
            clock.write_text(str(seconds), encoding="utf-8")
            for key in step.keys:
                terminal.press(key)
                terminal.settle()
    return svg(frames, shot)


REPORT, REPORT_SIZE, REPORT_QUALITY = "report.webp", (1000, 960), 75


def photograph_report(place: Path) -> bytes:
    """The top of a report as a browser shows it."""
    register, file = place / "register.db", place / "report.html"
    scenario.live(register)
    with Database.open(register, clock=lambda: scenario.NOW) as db:
        found = report(db)
    file.write_text(html(page(found), found.trend), encoding="utf-8")
    width, height = REPORT_SIZE
    with Browser(place) as browser:
        browser.show(width, height=height)
        browser.open(file.as_uri())
        return browser.picture(form="webp", quality=REPORT_QUALITY, whole=False)


def main() -> None:
    """Paint every picture into this folder; that of the report needs Chromium."""
    if is_installed():
        with tempfile.TemporaryDirectory() as place:
            Path(__file__).with_name(REPORT).write_bytes(photograph_report(Path(place)))
        sys.stdout.write(f"docs/{REPORT}\n")
    for shot in SHOTS:
        with tempfile.TemporaryDirectory() as place:
            Path(__file__).with_name(shot.name).write_text(paint(shot, Path(place)), encoding="utf-8")
        sys.stdout.write(f"docs/{shot.name}\n")


if __name__ == "__main__":
    main()
