"""The command line run inside the test's own process, with streams that are not a terminal."""

from __future__ import annotations

import io
import json
import os
import sys
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from typer.main import get_group

from tests.program import environment
from tui.cli.application import app_of
from tui.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from typer import Typer
    from typer.core import TyperGroup

_group = cache(get_group)
_app_of = cache(app_of)


def _built_once(app: Typer) -> TyperGroup:
    """The commands of a Typer: building them takes longer than running most of them, and running changes none."""
    group = copy(_group(app))
    group.params = list(group.params)  # whoever asks for a group adds the options of completion to it
    return group


@dataclass(frozen=True, slots=True)
class Said:
    """What a command line left behind: its exit code, the bytes on stdout, the words on stderr."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        """stdout as text."""
        return self.raw.decode()

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.splitlines()

    @property
    def answer(self) -> dict[str, object]:
        """The JSON object without the head of the trail, which is another one in every register."""
        value = self.json
        assert value.pop("head")
        return value

    @property
    def json(self) -> dict[str, object]:
        """stdout as the one JSON object it must be."""
        value = json.loads(self.raw)
        assert isinstance(value, dict)
        return value


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


class Door:
    """`ai-debt` of a user whose home is `home`, working there on the database `register.db`."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.database = home / "register.db"
        self._patch = patch
        # Nothing of who runs the tests: what they set may change colors, widths, names and places.
        for name in [name for name in os.environ if not name.startswith(("PYTEST_", "COV"))]:
            patch.delenv(name)
        for name, value in environment(home).items():
            patch.setenv(name, value)
        patch.setenv("AI_DEBT_DB", str(self.database))
        patch.chdir(home)
        patch.setattr("typer.main.get_group", _built_once)
        patch.setattr("tui.cli.application.app_of", _app_of)

    def __call__(
        self, *arguments: str, stdin: bytes = b"", encoding: str = "utf-8", columns: int | None = None
    ) -> Said:
        """Run a command line; with `columns`, stdout is a terminal of that width."""
        out, err = io.BytesIO(), io.BytesIO()
        with self._patch.context() as streams:
            streams.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding=encoding))
            stdout = io.TextIOWrapper if columns is None else Screen
            streams.setattr(sys, "stdout", stdout(out, encoding=encoding, newline="\n"))
            if columns is not None:
                streams.setenv("COLUMNS", str(columns))
                streams.setenv("TERM", "xterm")
            streams.setattr(sys, "stderr", io.TextIOWrapper(err, encoding=encoding, errors="backslashreplace"))
            try:
                run(list(arguments))
            except SystemExit as end:
                code = end.code
            sys.stdout.flush()
            sys.stderr.flush()
            said = Said(
                code if isinstance(code, int) else 0 if code is None else 1,
                out.getvalue(),
                err.getvalue().decode(encoding),
            )
        assert "Traceback" not in said.err
        return said

    def done(self, *arguments: str, stdin: bytes = b"") -> Said:
        """Run a command line that must succeed."""
        said = self(*arguments, stdin=stdin)
        assert said.code == 0, said.err
        return said
