"""The commands that compare and merge documents, and set up git to do so."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from store.errors import RegisterError
from store.text import join_words, number_of
from tui.cli import output
from tui.cli.documents import MORE_THAN_FITS
from tui.cli.options import AsJson, Command, Yes, named_path, named_paths
from tui.cli.output import confirmed, working
from tui.cli.text import difference_lines
from tui.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.comparison import Comparison


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("diff", cls=Command, epilog=DIFF)(diff)
    app.command("merge-file", cls=Command, epilog=MERGE_FILE)(merge_file)
    app.command("git-setup", cls=Command, epilog=GIT_SETUP)(git_setup)


CONFLICTS, NOT_MERGED = 1, 255
"""The exit codes that git asks of a merge driver: above 128, it stops."""
NO_FILE = "/dev/null"
"""What git names in place of a file that is not there."""

DIFF = """\b
Examples:
  ai-debt diff docs/ai-debt-register.md new.md
  git show main:docs/ai-debt-register.md | ai-debt diff - docs/ai-debt-register.md
  ai-debt diff old.md new.md --json
"""
MERGE_FILE = """\b
Examples:
  ai-debt merge-file base.md mine.md yours.md -p
  git config merge.ai-debt.driver "ai-debt merge-file --marker-size=%L --path=%P %O %A %B"
"""
GIT_SETUP = """\b
Examples:
  ai-debt git-setup docs/ai-debt-register.md
  ai-debt git-setup docs/ai-debt-register.md --dry-run
"""


class Version(NamedTuple):
    """One of two documents: the name to show, and the text; without a file there is none."""

    name: str
    text: str | None


def diff(
    context: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="OLD NEW", help="Two Markdown documents; - reads stdin.", callback=named_paths),
    ],
    git: Annotated[
        bool,
        typer.Option("--git", help="Accept the arguments of an external diff command of git: PATH OLD HEX MODE ..."),
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with code 3 if anything changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two documents in sentences.

    Lines that changed outside of the items, such as text between the tables, follow as a diff.
    """
    if git:
        _diff_for_git(context, files)
        return
    if len(files) != 2 or files == ["-", "-"]:
        raise typer.BadParameter("name two documents, OLD and NEW", ctx=context)
    old, new = (_side(file) for file in files)
    found = _compared(old, new)
    changed = found.differences is None or bool(found.differences or found.lines)
    if as_json:
        output.emit_json("changes", found.differences, lines=found.lines)
    else:
        output.emit("\n".join(_comparison_text(found)) if changed else "No changes.")
    if exit_code and changed:
        raise typer.Exit(output.FOUND)


def _side(file: str) -> Version:
    """A document that was named. Raises DocumentError."""
    from store.formats.lines import decode, read_file

    if file == "-":
        return Version("stdin", decode(sys.stdin.buffer.read(MORE_THAN_FITS), "stdin"))
    return Version(file, read_file(Path(file)))


def _compared(old: Version, new: Version) -> Comparison:
    """How two documents differ; says on stderr which cannot be read, and why."""
    from store.formats.document.comparison import compare

    with working(f"Comparing {new.name}"):
        found = compare(old.text or "", new.text or "")
    for side, problem in zip((old, new), found.problems, strict=True):
        if problem is not None:
            output.say(f"{side.name}, line {problem.line}: {problem.what}, so its lines are compared")
    return found


def _diff_for_git(context: typer.Context, arguments: Sequence[str]) -> None:
    """Print what changed in a file, as git asks for it; whatever that is, git takes another exit code for a crash."""
    if len(arguments) == 1:
        output.emit(safe(f"unmerged {arguments[0]}"))
        return
    if len(arguments) not in (7, 9):
        raise typer.BadParameter("git passes 7 or 9 arguments to a diff command", ctx=context)
    path, old_file, _, _, new_file = arguments[:5]
    output.emit("\n".join(_file_page(arguments[7] if len(arguments) == 9 else path, path, old_file, new_file)))


def _file_page(name: str, former: str, old_file: str, new_file: str) -> Iterator[str]:
    heading = f"diff {safe(former)} {safe(name)}"
    yield heading if former != name else f"diff {safe(name)}"
    try:
        old = Version(former, None) if old_file == NO_FILE else Version(former, _side(old_file).text)
        new = Version(name, None) if new_file == NO_FILE else Version(name, _side(new_file).text)
    except RegisterError as error:
        yield output.sentence(str(error))
        return
    if old.text is None or new.text is None:
        there = old if new.text is None else new
        yield f"{'Removed' if new.text is None else 'Added'} {_contents(there)}."
        return
    yield from _comparison_text(_compared(old, new))


def _contents(side: Version) -> str:
    """What a document holds: the numbers of categories and items, or only text."""
    from store.formats.document.reader import read

    register = read(side.text or "").register
    if register is None:
        return "a document without a register"
    counts = (
        number_of(len(register.categories), "category", "categories"),
        number_of(len(register.items), "item"),
        number_of(len(register.dependencies), "dependency", "dependencies"),
    )
    return f"a register with {join_words(counts, 'and')}"


def _comparison_text(found: Comparison) -> Iterator[str]:
    """What changed, for people."""
    for each in found.differences or ():
        yield from difference_lines(each)
    if found.lines:
        if found.differences is not None:
            yield "Other lines:" if found.differences else "Lines that do not change the register:"
        yield from (safe(each) for each in found.lines)


def merge_file(
    base: Annotated[
        str,
        typer.Argument(
            metavar="BASE", help="The common ancestor; empty if both added the document.", callback=named_path
        ),
    ],
    ours: Annotated[
        str,
        typer.Argument(metavar="OURS", help="Our document; the result is written here.", callback=named_path),
    ],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help="Their document.", callback=named_path)],
    to_stdout: Annotated[bool, typer.Option("-p", "--stdout", help="Print the result instead.")] = False,
    marker_size: Annotated[
        str, typer.Option("--marker-size", metavar="N", help="The length of conflict markers.")
    ] = "7",
    path: Annotated[
        str | None, typer.Option("--path", metavar="NAME", help="The document's name in messages.", show_default=False)
    ] = None,
) -> None:
    """Merge two versions of a document by item and field, and its other text by lines.

    Both versions are marked where two people changed the same field of the same item, or the same line of other text. A
    version that cannot be read as a register is merged by lines alone. Exit code 0 without conflicts, 1 with
    conflicts, 255 if nothing was merged.
    """
    try:
        _merge_file((base, ours, theirs), path or ours, marker_size, to_stdout=to_stdout)
    except typer.Exit:
        raise
    except (RegisterError, OSError) as error:
        raise output.refuse(f"{path or ours} was not merged: {error}", NOT_MERGED) from None
    except Exception as error:
        # With any lower code, git would take our version for the result, with conflicts marked in it.
        from tui import crash

        raise output.refuse(crash.sentence(error), NOT_MERGED) from None


def _merge_file(files: tuple[str, str, str], name: str, marker_size: str, *, to_stdout: bool) -> None:
    from store.formats.document.document_merge import merge_documents, merge_lines

    contents = [Path(file).read_bytes() for file in files]
    size = int(marker_size) if marker_size.isdecimal() and 0 < int(marker_size) < 1000 else 0
    if not size:
        raise RegisterError(f"{marker_size!r} is not the length of a marker", "use a number such as 7")
    encoding = _encoding(contents)
    if encoding is None:
        raise output.refuse(f"{name} is not text, so ours stays unchanged", CONFLICTS)
    texts = [content.decode(encoding) for content in contents]
    merged = (merge_documents if encoding == "utf-8" else merge_lines)(*texts, marker_size=size)
    if merged.problem is not None:
        version, problem = merged.problem
        whose = ("the base version", "our version", "their version")[version]
        output.say(f"{name} was merged by lines: {whose}, line {problem.line}: {problem.what}")
    elif merged.by_lines:
        output.say(f"{name} was merged by lines")
    if to_stdout:
        output.emit_document(merged.text)
    elif (data := merged.text.encode(encoding)) != contents[1]:
        from store.db.files import replacing

        with replacing(Path(files[1]), register=None) as opened:
            opened.replace(data)
    if merged.conflicts:
        output.say(f"{name}: {number_of(merged.conflicts, 'conflict')} to resolve")
        raise typer.Exit(CONFLICTS)


def _encoding(contents: Sequence[bytes]) -> str | None:
    """What the versions of a document are all written in: UTF-8, any bytes, or none where it is not text."""
    if any(b"\0" in content for content in contents):
        return None
    try:
        for content in contents:
            content.decode()
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def git_setup(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="The documents that git should merge this way.", callback=named_paths),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    yes: Yes = False,
) -> None:
    """Let git diff and merge documents by item and field, after showing what that writes.

    It adds settings to the configuration of the repository, once in every clone, and a line for each document to
    .gitattributes, which is to be committed.
    """

    setup = git_plan(files)
    if not (setup.settings or setup.lines):
        output.emit("Git is already set up.")
        return
    shown = [f"git config {shlex.quote(name)} {shlex.quote(value)}" for name, value in setup.settings]
    shown += [f"{ATTRIBUTES}: {each}" for each in setup.lines]
    output.emit("\n".join(map(safe, shown)))
    if dry_run:
        return
    confirmed("Write this?", yes=yes)
    apply_git(setup)
    output.say("Git is set up." + (f" Commit {ATTRIBUTES} for the others." if setup.lines else ""))


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


def git_plan(files: Sequence[str]) -> Setup:
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


def apply_git(setup: Setup) -> None:
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
            raise RegisterError(
                "this folder is not in a git repository", "change to one, or create one with `git init`"
            )
        said = os.fsdecode(done.stderr).strip().removeprefix("fatal: ").removeprefix("error: ")
        raise RegisterError(f"git failed: {said}", f"check what `git {' '.join(arguments[:2])}` says")
    return os.fsdecode(done.stdout).removesuffix("\n") if not done.returncode else ""
