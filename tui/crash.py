"""What is kept of a failure of the program: where it was and under what versions, none of the values it was at."""

from __future__ import annotations

import os
import platform
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.private_files import PrivateError, state_folder, write_private
from tui.render.text import readable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_KEPT = 10
_LIBRARIES = ("ai-debt-register", "textual", "rich", "typer", "sqlmodel", "sqlalchemy", "alembic", "pydantic")
_OURS = (AttributeError, ImportError, NameError, RecursionError)
"""Exceptions whose messages name what the program is made of; those of others may quote what it was working on."""


def keep(error: BaseException) -> Path | None:
    """Write a private crash file and return its path; None where none could be written."""
    moment = datetime.now(UTC)
    try:
        folder = state_folder("crashes")
        file = folder / f"{moment:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.txt"
        write_private(file, readable(report(error, moment)))
        for old in sorted(folder.glob("*.txt"))[:-MOST_KEPT]:
            with suppress(OSError):
                old.unlink()
    except PrivateError:
        return None
    return file


def sentence(error: BaseException) -> str:
    """Keep a failure and say so: one clause with the path of its file."""
    file = keep(error)
    what = f"internal error ({type(root(error)).__name__})"
    if file is None:
        return f"{what}: run it again with AI_DEBT_DEBUG=1 and report the output"
    return f"{what}: please report it and attach {file}"


def root(error: BaseException) -> BaseException:
    """The failure itself, where Textual's workers have wrapped it."""
    wrapped = getattr(error, "error", None)
    return root(wrapped) if isinstance(wrapped, BaseException) else error


def report(error: BaseException, moment: datetime) -> str:
    """The text of a crash file."""
    lines = [f"{moment.isoformat(timespec='seconds')}  {platform.platform()}  Python {platform.python_version()}"]
    lines += [*_versions(), ""]
    for number, each in enumerate(_chain(root(error))):
        if number:
            lines += ["", "which came before:", ""]
        lines += [part.rstrip("\n") for part in traceback.format_tb(each.__traceback__)]
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}{_message(each)}")
    return "\n".join(lines) + "\n"


def _versions() -> Iterator[str]:
    import sqlite3
    from importlib.metadata import PackageNotFoundError, version

    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            yield f"{name} {version(name)}"
    yield f"SQLite {sqlite3.sqlite_version}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        before = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        waiting += [] if before is None else [before]
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else []


def _message(error: BaseException) -> str:
    """What the exception says, unless that may quote the register or a secret."""
    statement = getattr(error, "statement", None)
    if isinstance(statement, str):
        # Ours, with a mark in place of each value.
        return f" in {statement}"
    return f": {error}" if isinstance(error, _OURS) else " (message omitted: it may quote the register)"
