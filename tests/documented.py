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
from typing import TYPE_CHECKING

import pytest

from store.db.migrate import SCHEMA
from store.enums import Severity, Status
from store.fields import FIELDS
from store.filters.qualifiers import QUALIFIERS
from store.formats.document.vocabulary_roles import ROLES
from store.formats.document.vocabulary_words import (
    FAMILIES,
    LANGUAGES,
    SEVERITY_EMOJI,
    SEVERITY_WORDS,
    STATUS_EMOJI,
    STATUS_WORDS,
    UNRATED_WORDS,
)
from store.formats.register_json import schema_text
from store.queries.metrics import LABELS, METRICS
from tests.cli.door import Door
from tests.database_schema import schema_sql
from tests.json_examples import DOCUMENT as EXAMPLES
from tests.json_examples import with_examples
from tests.json_schema import PUBLISHED, fields_table, published
from tests.program import PATIENCE, PROGRAM, ROOT, environment
from tui.commands import BY_ID, CONTEXTS, Command, of_context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SAMPLE = Path("store/samples/ai-debt-register.md")
FENCED = r"(?P<body>.*?)(?=^```$)"
CONSOLE = re.compile(r"(?P<head>^```console\n)" + FENCED, re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
SHELL = re.compile(r"[|<>&;$`*?~]")
"""What only a shell understands, where it is not quoted."""
FILLED = re.compile(
    r"(?P<head>^<!-- (?P<name>[a-z ]+): written by `make docs` -->\n\n).*?(?=\n<!-- -->$)", re.MULTILINE | re.DOTALL
)


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


def roles() -> str:
    """The table of headers by field and language."""
    rows = ["| field | language | headers and labels |", "|---|---|---|"]
    for field, languages in ROLES.items():
        for language, words in languages.items():
            label = FIELDS[field].label if language == "en" else ""
            rows.append(f"| {label} | {LANGUAGES[language]} | {', '.join(map(_header, words.split(', ')))} |")
    return "\n".join(rows) + "\n"


def _header(word: str) -> str:
    bare = word.rstrip("?!")
    return (f"*{bare}*" if "?" in word else bare) + (" †" if "!" in word else "")


def _words(levels: type[Severity] | type[Status], families: Mapping[str, Sequence[str]]) -> str:
    """A table of the words of each family by level."""
    names = [level.value for level in levels]
    rows = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    rows += [f"| {FAMILIES[family]} | {' | '.join(words)} |" for family, words in families.items()]
    return "\n".join(rows) + "\n"


def severities() -> str:
    """The table of the words for severities."""
    return _words(Severity, {**SEVERITY_WORDS, "emoji": SEVERITY_EMOJI})


def statuses() -> str:
    """The table of the words for statuses."""
    return _words(Status, {**STATUS_WORDS, "emoji": STATUS_EMOJI})


def unrated() -> str:
    """The table of the words for no severity."""
    rows = [f"| {LANGUAGES[language]} | {words} |" for language, words in UNRATED_WORDS.items()]
    return "\n".join(["| | unrated |", "|---|---|", *rows]) + "\n"


def metrics() -> str:
    """The table of metrics."""
    rows = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for each in METRICS:
        named = " ".join(f"`{label}`" for label in each.labels)
        absent = f" Absent {each.absent}." if each.absent else ""
        rows.append(f"| `{each.name}` | {each.kind} | {named} | {each.help}{absent} |")
    return "\n".join(rows) + "\n"


def labels() -> str:
    """The table of the labels of metrics."""
    rows = [f"| `{name}` | {about} |" for name, about in LABELS.items()]
    return "\n".join(["| label | values |", "|---|---|", *rows]) + "\n"


def keys() -> str:
    """Every command with its keys, a table for each context."""
    parts = []
    for context, name in CONTEXTS.items():
        rows = [f"## {name}", "", "| keys | does | id |", "|---|---|---|"]
        rows += [f"| {_keys(each)} | {each.help} | `{each.id}` |" for each in of_context(context)]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts)


def most() -> str:
    """The keys to begin with."""
    rows = ["| key | does |", "|---|---|"]
    rows += [f"| {_keys(BY_ID[command_id])} | {BY_ID[command_id].help} |" for command_id in FIRST_KEYS]
    return "\n".join(rows) + "\n"


def _keys(command: Command) -> str:
    # In a table, a pipe ends a cell also inside of backticks.
    return " ".join(f"`{key}`" for key in command.keys).replace("|", r"\|")


FIRST_KEYS = (
    "app.help",
    "items.filter",
    "item.set-status-mitigated",
    "item.set-status-in-progress",
    "item.accept",
    "item.edit",
    "item.new",
    "change.undo",
    "review.open",
    "pane.fix-first",
    "register.export",
    "app.quit",
)
"""The commands in the table of the README."""
TABLES = {
    table.__name__: table
    for table in (qualifiers, choices, roles, severities, statuses, unrated, metrics, labels, keys, most)
}
"""What is filled in between `<!-- NAME: written by `make docs` -->` and `<!-- -->`."""
FIELDS_OF = "fields of "
"""What the name of a table begins with that shows what a command prints with --json."""


def _table(name: str) -> str:
    return fields_table(name.removeprefix(FIELDS_OF)) if name.startswith(FIELDS_OF) else TABLES[name]()


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
    """The document with its tables, and the output of its commands, run one after the other.

    Commands are the lines that begin with `$ ` in blocks fenced as `console`.
    """

    def session(match: re.Match[str]) -> str:
        commands = [line for line in match["body"].splitlines() if line.startswith("$ ")]
        return match["head"] + "".join(f"{line}\n{shell.run(line.removeprefix('$ '))}" for line in commands)

    text = FILLED.sub(lambda match: match["head"] + _table(match["name"]), text)
    return CONSOLE.sub(session, text)


def documents() -> tuple[Path, ...]:
    """The documents of the project that show commands or tables of the program."""
    found = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    texts = ((path, path.read_text(encoding="utf-8")) for path in found)
    return tuple(path for path, text in texts if CONSOLE.search(text) or FILLED.search(text))


def main() -> None:
    """Fill in every document of the project, and write the schemas."""
    # The commands of the documents create registers from it.
    with tempfile.TemporaryDirectory() as place:
        SCHEMA.write_text(schema_sql(Path(place)), encoding="utf-8")
    for path in documents():
        with tempfile.TemporaryDirectory() as place:
            path.write_text(filled(path.read_text(encoding="utf-8"), Shell(Path(place))), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    PUBLISHED.write_text(published(), encoding="utf-8")
    EXAMPLES.write_text(with_examples(EXAMPLES.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "register.schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
