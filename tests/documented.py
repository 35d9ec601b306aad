"""The commands shown in documents: runs them and fills in what they print, for `make docs` and for the test."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from store.filters.qualifiers import QUALIFIERS
from tests.cli.door import Door
from tests.program import PATIENCE, PROGRAM, ROOT, environment

SAMPLE = Path("store/samples/ai-debt-register.md")
FENCED = r"(?P<body>.*?)(?=^```$)"
CONSOLE = re.compile(r"(?P<head>^```console\n)" + FENCED, re.MULTILINE | re.DOTALL)
KEYS = re.compile(r"(?P<head>^<!-- keys: written by `make docs` -->\n```text\n)" + FENCED, re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
SHELL = re.compile(r"[|<>&;$`*?~]")
"""What only a shell understands, where it is not quoted."""
QUALIFIER_ROWS = re.compile(r"(?P<head>^<!-- qualifiers: [^\n]*\n\n).*?(?=\n<!-- -->$)", re.MULTILINE | re.DOTALL)
CHOICE_ROWS = re.compile(r"(?P<head>^<!-- choices: [^\n]*\n\n).*?(?=\n<!-- -->$)", re.MULTILINE | re.DOTALL)


def qualifiers() -> str:
    """The table of the filter language's qualifiers."""
    rows = ["| qualifier | values | asks | examples |", "|---|---|---|---|"]
    for each in QUALIFIERS:
        examples = " ".join(f"`{example}`" for example in each.examples)
        values = each.values if len(each.choices) < 6 else "see below"
        rows.append(f"| `{each.name}:` | {values} | {each.help} | {examples} |")
    return "\n".join(rows) + "\n"


def choices() -> str:
    """The table of the values of its larger sets."""
    rows = ["| value | means |", "|---|---|"]
    for each in QUALIFIERS:
        if len(each.choices) >= 6 and each.name != "no":
            rows += [f"| `{each.name}:{choice.name}` | {choice.help} |" for choice in each.choices]
    return "\n".join(rows) + "\n"


class Shell:
    """A shell that knows `ai-debt`, in a folder that holds no more of the source tree than the sample.

    `failed` are the commands that did not end with exit code 0, each with its code.
    """

    def __init__(self, place: Path) -> None:
        self.failed: dict[str, int] = {}
        self._home, programs = place / "home", place / "bin"
        self._cwd = self._home / "ai-debt-register"
        for folder in (self._home, programs, (self._cwd / SAMPLE).parent):
            folder.mkdir(parents=True)
        shutil.copyfile(ROOT / SAMPLE, self._cwd / SAMPLE)
        program = programs / "ai-debt"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        self._env = environment(self._home)
        self._env["PATH"] = f"{programs}{os.pathsep}{self._env['PATH']}"

    def run(self, command: str) -> str:
        """What a person would read after typing `command`; the home folder reads `~`."""
        if command.startswith("ai-debt ") and not SHELL.search(QUOTED.sub("", command)):
            return self._read(command).replace(str(self._home), "~")
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self._cwd,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        self._note(command, done.returncode)
        return done.stdout.replace(str(self._home), "~")

    def _note(self, command: str, code: int) -> None:
        if code:
            self.failed[command] = code

    def _read(self, command: str) -> str:
        """What `ai-debt` says within this process, which spares a start."""
        with pytest.MonkeyPatch.context() as patch:
            door = Door(self._home, patch)
            patch.delenv("AI_DEBT_DB")
            patch.chdir(self._cwd)
            said = door(*shlex.split(command)[1:])
        self._note(command, said.code)
        return said.out + said.err


def filled(text: str, shell: Shell) -> str:
    """The document with the output of its commands, run one after the other, and with the keys.

    Commands are the lines that begin with `$ ` in blocks fenced as `console`.
    """

    def session(match: re.Match[str]) -> str:
        commands = [line for line in match["body"].splitlines() if line.startswith("$ ")]
        return match["head"] + "".join(f"{line}\n{shell.run(line.removeprefix('$ '))}" for line in commands)

    text = QUALIFIER_ROWS.sub(lambda match: match["head"] + qualifiers(), text)
    text = CHOICE_ROWS.sub(lambda match: match["head"] + choices(), text)
    return KEYS.sub(lambda match: match["head"] + shell.run("ai-debt keys"), CONSOLE.sub(session, text))


def documents() -> tuple[Path, ...]:
    """The documents of the project that show commands."""
    found = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    return tuple(path for path in found if CONSOLE.search(path.read_text(encoding="utf-8")))


def main() -> None:
    """Fill in every document of the project."""
    for path in documents():
        with tempfile.TemporaryDirectory() as place:
            path.write_text(filled(path.read_text(encoding="utf-8"), Shell(Path(place))), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
