"""The configuration and the attributes that make git use `ai-debt` for documents: what is missing, and writing it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Sequence

DRIVER = "ai-debt"
ATTRIBUTES = ".gitattributes"
_WANTED = f"merge={DRIVER} diff={DRIVER}"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r"([\\*?\[\]])")


class Setup(NamedTuple):
    """What is missing: settings of the repository by name, and lines of its attributes."""

    top: Path
    settings: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


def plan(files: Sequence[str]) -> Setup:
    """What has to be written for git to diff and merge these documents by `ai-debt`. Raises RegisterError."""
    top = Path(_git("rev-parse", "--show-toplevel"))
    command = shlex.join(_own_command())
    wanted = {
        f"merge.{DRIVER}.name": "registers of AI debt, by item and field",
        f"merge.{DRIVER}.driver": f"{command} merge-file --marker-size=%L --path=%P %O %A %B",
        f"diff.{DRIVER}.command": f"{command} diff --git",
    }
    settings = [each for each in wanted.items() if _git("config", "--get", each[0], fails=True) != each[1]]
    lines = {_line(top, file): file for file in files}
    return Setup(top, tuple(settings), tuple(line for line, file in lines.items() if not _is_set(file)))


def apply(setup: Setup) -> None:
    """Write what is missing. Raises RegisterError."""
    from store.db.files import replacing

    if setup.lines:
        with replacing(setup.top / ATTRIBUTES, register=None) as opened:
            before = opened.read() or b""
            end = b"\r\n" if before.endswith(b"\r\n") else b"\n"
            gap = end if before and not before.endswith(b"\n") else b""
            opened.replace(before + gap + b"".join(os.fsencode(line) + end for line in setup.lines))
    for name, value in setup.settings:
        _git("config", name, value)


def _is_set(file: str) -> bool:
    """Whether the attributes of a document are as they should be."""
    said = _git("check-attr", "-z", "merge", "diff", "--", file)
    return said.split("\0")[2::3] == [DRIVER, DRIVER]


def _line(top: Path, file: str) -> str:
    """The line of attributes for a document. Raises RegisterError for one outside of the repository."""
    path = Path(os.path.abspath(file))
    # The folder may be reached through a link, which git has followed.
    path = Path(os.path.realpath(path.parent)) / path.name
    if not path.is_relative_to(os.path.realpath(top)):
        raise RegisterError(f"{file} is not in the git repository {top}", "name a document of this repository")
    if not path.is_file():
        raise RegisterError(f"there is no file {file}", "name a Markdown document of this repository")
    if _CONTROL.search(path.name):
        raise RegisterError(f"the name {file} has control characters", "rename the document")
    pattern = "/" + _SPECIAL.sub(r"\\\1", path.relative_to(os.path.realpath(top)).as_posix())
    if re.search(r'[\s"]', pattern):
        pattern = '"' + pattern.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{pattern} {_WANTED}"


def _own_command() -> list[str]:
    """The command that starts this program from any folder."""
    program = sys.argv[0]
    found = shutil.which(program)
    if found and os.path.basename(found).startswith("ai-debt"):
        return [os.path.abspath(found)]
    return [sys.executable, "-m", "tui.cli"]


def _git(*arguments: str, fails: bool = False) -> str:
    """What git prints, empty where it may fail and does. Raises RegisterError."""
    try:
        done = subprocess.run(["git", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError:
        raise RegisterError("git is not installed", "install it, then try again") from None
    if done.returncode and not fails:
        if arguments[0] == "rev-parse":
            raise RegisterError("this folder is not in a git repository", "change to one, or begin one with `git init`")
        said = os.fsdecode(done.stderr).strip().removeprefix("fatal: ").removeprefix("error: ")
        raise RegisterError(f"git failed: {said}", f"check what `git {' '.join(arguments[:2])}` says")
    return os.fsdecode(done.stdout).removesuffix("\n") if not done.returncode else ""
