"""The two streams: data on stdout, words on stderr, both safe for the terminal or pager they may reach."""

from __future__ import annotations

import os
import re
import shutil
import sys
from contextlib import contextmanager
from json import dumps
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, TextIO, cast

from store.text import mask
from tui.render.text import ASCII, UNICODE, Glyphs, encodable, evened, is_utf8, line, masked, readable, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer


SCHEMA = 1
AROUND = 60
"""Characters shown on either side of what is pointed at."""
REFUSED, USAGE, FOUND, BROKEN_PIPE = 1, 2, 3, 141

_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")


class ReadableStream:
    """A standard stream that writes control, invisible and unencodable characters as visible signs.

    Whatever writes there, such as a library's own errors, cannot go past it but by `beneath`.
    """

    def __init__(self, beneath: TextIO) -> None:
        self.beneath = beneath

    def write(self, text: str) -> int:
        """Write text for reading."""
        self.beneath.write(encodable(readable(text), self.beneath.encoding or "ascii"))
        return len(text)

    def write_styled(self, text: str) -> None:
        """Write text for reading that holds our own terminal styles."""
        for part in _STYLE.split(text):
            (self.beneath if _STYLE.fullmatch(part) else self).write(part)

    def __getattr__(self, name: str) -> object:
        if name == "buffer":
            raise AttributeError("bytes would go past what makes text readable")
        return getattr(self.beneath, name)


def prepare_streams() -> None:
    """Make stdout and stderr readable, and open the streams the process was started without (`ai-debt list >&-`)."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    sys.stdout, sys.stderr = cast("TextIO", _readable(sys.stdout)), cast("TextIO", _readable(sys.stderr))


def _readable(stream: TextIO) -> ReadableStream:
    return stream if isinstance(stream, ReadableStream) else ReadableStream(stream)


def let_go() -> None:
    """Give up what the streams still hold if the terminal is gone; its failure would replace the exit code."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            _discard(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person reads or types at the other end of a stream."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def has_screen() -> bool:
    """Whether a dashboard can be drawn: a terminal on both ends that knows how to move its cursor."""
    return is_terminal(sys.stdin) and is_terminal(sys.stdout) and os.environ.get("TERM", "") not in ("dumb", "unknown")


def width() -> int | None:
    """The cells of a line on stdout; None where it is not a terminal and nothing is to be cut."""
    return max(shutil.get_terminal_size().columns, 20) if is_terminal(sys.stdout) else None


def glyphs() -> Glyphs:
    """The signs that stdout can carry."""
    return UNICODE if is_utf8(sys.stdout.encoding) else ASCII


def colored() -> bool:
    """Whether stdout takes color: a terminal, unless NO_COLOR is set or it is a dumb one."""
    return is_terminal(sys.stdout) and "NO_COLOR" not in os.environ and os.environ.get("TERM", "dumb") != "dumb"


def emit(text: str) -> None:
    """Write lines that are safe already to stdout, styled where it takes color."""
    stream = _readable(sys.stdout)
    with _written():
        (stream.write_styled if colored() else stream.write)(_ended(text))
        stream.beneath.flush()


def emit_text(text: str) -> None:
    """Write any text to stdout, for reading."""
    with _written():
        _readable(sys.stdout).write(_ended(text))
        sys.stdout.flush()


def sentence(words: str) -> str:
    """Words as a safe line that begins with a capital letter and ends in a full stop."""
    text = line(words)
    return f"{text[:1].upper()}{text[1:]}."


def emit_json(top: str, value: object, **more: object) -> None:
    """Write one JSON object with the schema's number to stdout; rows are written in their shapes.

    What a terminal would act on or hide is escaped; so is all beyond ASCII where stdout is not UTF-8.
    """
    from tui.cli.json import encode

    found = encode({"schema": SCHEMA, top: value, **more})
    text = dumps(found, ensure_ascii=not is_utf8(sys.stdout.encoding), indent=2)
    beneath = _readable(sys.stdout).beneath
    with _written():
        beneath.write(_ended(_BEYOND_ASCII.sub(lambda match: _escaped(match[0]), text)))
        beneath.flush()


def emit_document(text: str) -> None:
    """Write the register's document to stdout byte for byte; a terminal gets it as text for reading."""
    if is_terminal(sys.stdout):
        emit_text(text.removeprefix("\ufeff").replace("\r\n", "\n"))
        return
    beneath = _readable(sys.stdout).beneath
    with _written():
        beneath.flush()
        beneath.buffer.write(text.encode())
        beneath.buffer.flush()


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def say(words: str) -> None:
    """Write one safe line of words, and no password, to stderr."""
    print(line(mask(words)), file=sys.stderr, flush=True)


def repaint(words: str) -> None:
    """Show a text in the present line of the terminal on stderr, in place of what is there."""
    stream = _readable(sys.stderr)
    stream.beneath.write("\r\x1b[K")
    stream.write(line(words))
    stream.beneath.flush()


def refuse(words: str, code: int = REFUSED) -> typer.Exit:
    """Say a refusal; raise what this returns to leave with the code."""
    import typer

    say(f"ai-debt: {words}")
    return typer.Exit(code)


def point(text: str, column: int, length: int) -> None:
    """Show a part of a line that was typed on stderr, and mark it on the line below; of a long line what is around."""
    from rich.cells import cell_len

    start = max(column - AROUND, 0)
    end = column + length
    parts = (text[start:column], text[column:end], text[end : end + AROUND])
    before, wrong, after = (encodable(evened(masked(part)), sys.stderr.encoding or "ascii") for part in parts)
    print(f"  {before}{wrong}{after}".rstrip(), file=sys.stderr)
    print(f"  {' ' * cell_len(before)}{'^' * max(cell_len(wrong), 1)}", file=sys.stderr, flush=True)


def ask(question: str) -> bool:
    """Ask at the terminal; only a yes is a yes."""
    return ask_for(f"{question} [y/N]").casefold() in ("y", "yes")


def ask_for(question: str) -> str:
    """Ask at the terminal for a line; empty if there is none."""
    stream = sys.stderr if is_terminal(sys.stderr) else sys.stdout
    stream.write(f"{line(question)} ")
    stream.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        say("")
    return answer.strip()


def can_ask() -> bool:
    """Whether someone can be asked: a terminal to type at, and one to read the question on."""
    return is_terminal(sys.stdin) and (is_terminal(sys.stderr) or is_terminal(sys.stdout))


def _escaped(char: str) -> str:
    """A character of a JSON text, escaped if a terminal would act on it or not show it."""
    if char == "\x7f" or safe(char) != char:
        code = ord(char)
        if code <= 0xFFFF:
            return f"\\u{code:04x}"
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return char


def _discard(stream: TextIO) -> None:
    """Give a stream somewhere to go, as the interpreter flushes it once more on its way out."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


@contextmanager
def _written() -> Iterator[None]:
    """Leave without a word when nobody reads stdout any more (`ai-debt list | head -1`)."""
    try:
        yield
    except OSError as error:
        _discard(sys.stdout)
        if isinstance(error, BrokenPipeError):
            import typer

            raise typer.Exit(BROKEN_PIPE) from None
        raise


_AFTER = 1.0
"""Seconds before the bar is shown: most commands are done by then."""
_EVERY = 0.2
_WIDTH, _BLOCK = 20, 5


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on stderr what is going on and for how long, if it takes a while and stderr is a terminal.

    Nothing else may be written until the end; the line is cleared at the end.
    """
    if not is_terminal(sys.stderr) or os.environ.get("TERM", "dumb") == "dumb":
        yield
        return
    done = Event()
    painter = Thread(target=_paint, args=(what, done), daemon=True)
    painter.start()
    try:
        yield
    finally:
        done.set()
        painter.join()


def _paint(what: str, done: Event) -> None:
    start, step = monotonic(), 0
    if done.wait(_AFTER):
        return
    way = _WIDTH - _BLOCK
    while not done.wait(_EVERY):
        at = way - abs(way - step % (2 * way))
        bar = "-" * at + "=" * _BLOCK + "-" * (way - at)
        repaint(f"{what} [{bar}] {monotonic() - start:.0f} s")
        step += 1
    repaint("")


def confirmed(question: str, *, yes: bool) -> None:
    """Go on only if someone said yes. Leaves with exit code 2 where nobody can be asked, with 1 on a no."""
    if yes:
        return
    if not can_ask():
        raise refuse("cannot ask without a terminal: add --yes", USAGE)
    if not ask(question):
        raise refuse("nothing was changed")
