"""`ai-debt triage`: a review as lines of plain text and prompts, for screen readers, bare terminals and pipes."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

from store.errors import NotFoundError
from store.text import command_line
from tui.cli import output
from tui.cli.command import Commands, QueryCommand, Session, flag, option
from tui.cli.options import ReviewTitle, Terms, With, composed
from tui.cli.triage_session import EndOfAnswersError, Triage
from tui.lazy import review_commands, review_queries
from tui.render.lines import wrapped
from tui.render.text import encodable, line, safe
from tui.review import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.db.database import Database
    from store.filters.ast import Query

ASCII_SIGNS = str.maketrans({"…": "...", "→": "->"})
"""How the signs of leads and minutes are written in ASCII."""

commands = Commands()


@commands.session("triage", cls=QueryCommand, shared=("db",))
def triage(
    session: Session,
    query: Terms = None,
    plain: Annotated[bool, flag("--plain", "Print plain text, even if the terminal can draw a screen.")] = False,
    title: ReviewTitle = None,
    with_: With = None,
    skip_days: Annotated[
        int | None, option("--skip-days", "N", "Skip what was reviewed within N days (default: 14).", min=0)
    ] = None,
) -> None:
    """Review items one by one, in plain text or on the screen.

    It starts a review of what a query finds, or of everything, or resumes the open review. In a terminal that can
    draw a screen, it opens the review there. With --plain, TERM=dumb, `screen_reader = true` in the settings, or
    input that is not a terminal, it prints plain text and reads one answer per line; ? lists the answers. The end of
    the input leaves the review open, and nothing is lost.

    Examples:
      ai-debt triage
      ai-debt triage severity:high no:owner --with bo
      ai-debt triage --plain
      ai-debt triage < answers.txt                   one answer per line
    """
    from tui.cli.dashboard import open_dashboard
    from tui.settings import load, settings_path

    path = settings_path()
    settings = load(path)
    wanted = composed(query or (), {})
    is_plain = plain or settings.screen_reader or not output.has_screen()
    with session.database() as opened:
        number, said = begin(opened, wanted, title=title, people=with_, skip_days=skip_days)
        if is_plain:
            for problem in settings.problems:
                output.say(f"ai-debt: {problem.told(path)}")
            _in_plain_text(opened, number, said, command_line("triage", session.target.named))
    if not is_plain:
        open_dashboard(session.target, review=True)


def begin(
    opened: "Database", wanted: "Query", *, title: str | None, people: "Sequence[str] | None", skip_days: int | None
) -> tuple[int, str]:
    """The number of the open review, or of a new one, and a sentence about it.

    Raises UnfinishedError where options are for a new review while another one is open.
    """
    from store.review.queue import SKIP_DAYS

    with opened.read() as reader:
        review = review_queries.unfinished(reader)
    asked = str(wanted)
    if review is not None and not (title or people or skip_days is not None) and asked in ("", review.query):
        return review.number, " ".join(progress.still_open(review))
    started = review_commands.start(
        opened,
        title=title,
        participants=[opened.actor, *people] if people else None,
        query=asked or None,
        skip_days=SKIP_DAYS if skip_days is None else skip_days,
    )
    return started.number, f"{started.done.message}."


def _in_plain_text(opened: "Database", number: int, said: str, resumes: str) -> None:
    """Go through a review, and say at the end, whatever brings it about, how far it is."""
    talk = Console()
    talk.tell(said)
    if opened.trouble is not None:
        talk.tell(output.sentence(str(opened.trouble)))
    try:
        Triage(opened, number, talk).run()
    except EndOfAnswersError:
        pass
    finally:
        talk.tell(_summary(opened, number, resumes))


def _summary(opened: "Database", number: int, resumes: str) -> str:
    try:
        with opened.read() as reader:
            now = review_queries.review(reader, number)
    except NotFoundError:
        return f"Review {number} no longer exists."
    return f"{progress.so_far(now)}; {'it has ended' if now.is_over else f'`{resumes}` resumes it'}."


class Console:
    """The standard streams, with lines wrapped at a terminal; answers from a pipe are repeated, for the reader."""

    def __init__(self) -> None:
        self._repeats = not output.is_terminal(sys.stdin)
        self._is_ascii = _has_c_locale()
        if hasattr(sys.stdin, "reconfigure"):
            # What is not text is refused in a sentence where it is to be stored.
            sys.stdin.reconfigure(errors="surrogateescape")

    def tell(self, text: str) -> None:
        """Write lines of text."""
        output.emit_text("\n".join(self._lines(text)) or "\n")

    def ask(self, question: str) -> str:
        """Ask for a line."""
        sys.stdout.write("\n".join(self._lines(question)) + " ")
        sys.stdout.flush()
        typed = sys.stdin.readline()
        if self._repeats or not typed.endswith("\n"):
            output.emit_text(self._written(line(typed.rstrip("\r\n"))) + "\n")
        if not typed:
            raise EndOfAnswersError
        return typed.strip()

    def _lines(self, text: str) -> list[str]:
        """The lines of a text, broken between words where they are wider than the terminal."""
        width = output.width()
        lines = self._written(safe(text)).split("\n")
        if width is None:
            return lines
        rows = (row for each in lines for row in wrapped(((each, ""),), width - 1))
        return ["".join(part for part, _ in row) for row in rows]

    def _written(self, text: str) -> str:
        return encodable(text.translate(ASCII_SIGNS), "ascii") if self._is_ascii else text


def _has_c_locale() -> bool:
    """Whether the user says that there is nothing but ASCII; Python takes any text to be UTF-8 then."""
    everything, letters, rest = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    if everything or rest not in ("C", "POSIX"):
        return everything in ("C", "POSIX")
    # Python sets it, too.
    return letters in ("", "C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8")
