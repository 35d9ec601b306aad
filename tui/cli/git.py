"""The commands for documents under version control, without any register: check, compare and merge them."""

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

from store import clock
from store.errors import RegisterError
from store.text import join_words, number_of
from tui.cli import output
from tui.cli.command import Commands, Session, argument, flag, option
from tui.cli.documents import name_of, read_document
from tui.cli.options import Yes, proposed
from tui.cli.output import confirmed, working
from tui.cli.text import difference_lines
from tui.lazy import file_lines
from tui.render.text import line, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from store.formats.document.comparison import Comparison
    from store.formats.document.lint import Finding


commands = Commands()

CONFLICTS, NOT_MERGED = 1, 255
"""The exit codes that git asks of a merge driver: above 128, it stops."""
NO_FILE = "/dev/null"
"""What git names in place of a file that is not there."""


class Version(NamedTuple):
    """One of two documents: the name to show, and the text; without a file there is none."""

    name: str
    text: str | None


@commands.session("diff", shared=("as_json",))
def diff(
    session: Session,
    files: Annotated[list[str], argument("OLD NEW", "Two Markdown documents; - reads stdin.", is_path=True)],
    git: Annotated[
        bool, flag("--git", "Accept the arguments of an external diff command of git: PATH OLD HEX MODE ...")
    ] = False,
    exit_code: Annotated[bool, flag("--exit-code", "Exit with code 3 if anything changed.")] = False,
) -> None:
    """Show what changed between two documents in sentences.

    Lines that changed outside of the items, such as text between the tables, follow as a diff.

    Examples:
      ai-debt diff docs/ai-debt-register.md new.md
      git show main:docs/ai-debt-register.md | ai-debt diff - docs/ai-debt-register.md
      ai-debt diff old.md new.md --json
    """
    if git:
        _diff_for_git(files)
        return
    if len(files) != 2 or files == ["-", "-"]:
        raise typer.BadParameter("name two documents, OLD and NEW")
    old, new = (Version(name_of(file), read_document(file)) for file in files)
    found = _compared(old, new)
    changed = found.differences is None or bool(found.differences or found.lines)
    if session.as_json:
        output.emit_json("changes", found.differences, lines=found.lines)
    else:
        output.emit("\n".join(_comparison_text(found)) if changed else "No changes.")
    if exit_code and changed:
        raise typer.Exit(output.FOUND)


def _compared(old: Version, new: Version) -> Comparison:
    """How two documents differ; says on stderr which cannot be read, and why."""
    from store.formats.document.comparison import compare

    with working(f"Comparing {new.name}"):
        found = compare(old.text or "", new.text or "")
    for side, problem in zip((old, new), found.problems, strict=True):
        if problem is not None:
            output.say(f"{side.name}, line {problem.line}: {problem.what}, so its lines are compared")
    return found


def _diff_for_git(arguments: Sequence[str]) -> None:
    """Print what changed in a file, as git asks for it; whatever that is, git takes another exit code for a crash."""
    if len(arguments) == 1:
        output.emit(safe(f"unmerged {arguments[0]}"))
        return
    if len(arguments) not in (7, 9):
        raise typer.BadParameter("git passes 7 or 9 arguments to a diff command")
    path, old_file, _, _, new_file = arguments[:5]
    output.emit("\n".join(_file_page(arguments[7] if len(arguments) == 9 else path, path, old_file, new_file)))


def _file_page(name: str, former: str, old_file: str, new_file: str) -> Iterator[str]:
    heading = f"diff {safe(former)} {safe(name)}"
    yield heading if former != name else f"diff {safe(name)}"
    try:
        old = Version(former, None) if old_file == NO_FILE else Version(former, read_document(old_file))
        new = Version(name, None) if new_file == NO_FILE else Version(name, read_document(new_file))
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


@commands.plain("merge-file")
def merge_file(
    base: Annotated[str, argument("BASE", "The common ancestor; empty if both added the document.", is_path=True)],
    ours: Annotated[str, argument("OURS", "Our document; the result is written here.", is_path=True)],
    theirs: Annotated[str, argument("THEIRS", "Their document.", is_path=True)],
    to_stdout: Annotated[bool, flag("-p --stdout", "Print the result instead.")] = False,
    marker_size: Annotated[
        str, option("--marker-size", "N", "The length of conflict markers.", show_default=True)
    ] = "7",
    path: Annotated[str | None, option("--path", "NAME", "The document's name in messages.")] = None,
) -> None:
    """Merge two versions of a document by item and field.

    Other text is merged by lines. If two people changed the same field of the same item, or the same line of other
    text, both versions are marked. A version that cannot be read as a register is merged by lines alone. Exit code 0
    without conflicts, 1 with conflicts, 255 if nothing was merged.

    Examples:
      ai-debt merge-file base.md mine.md yours.md -p
      git config merge.ai-debt.driver "ai-debt merge-file --marker-size=%L --path=%P %O %A %B"
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


@commands.plain("git-setup")
def git_setup(
    files: Annotated[list[str], argument("FILE", "The documents that git should merge this way.", is_path=True)],
    dry_run: Annotated[bool, flag("--dry-run", "Only show what would be written.")] = False,
    yes: Yes = False,
) -> None:
    """Let git diff and merge documents by item and field.

    It shows what it will write, then adds settings to the configuration of this clone, and a line for each document
    to .gitattributes. Commit that file, and run the command once in every other clone.

    Examples:
      ai-debt git-setup docs/ai-debt-register.md
      ai-debt git-setup docs/ai-debt-register.md --dry-run
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
    output.say("Git is set up." + (f" Commit {ATTRIBUTES} to share this." if setup.lines else ""))


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
        raise RegisterError(f"{file} does not exist", "name a Markdown document of this repository")
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


FORMATS = ("text", "json", "github")


class Checked(NamedTuple):
    """A document that was checked: what was found, and what was corrected."""

    name: str
    findings: tuple[Finding, ...]
    fixed: tuple[Finding, ...] = ()


class FileFinding(NamedTuple):
    """What was found in a file."""

    file: str
    finding: Finding


def complete_rule(incomplete: str) -> list[tuple[str, str]]:
    """The ids of the rules and what they find."""
    from store.formats.document.lint import RULES

    return [(name, rule.finds) for name, rule in RULES.items() if name.startswith(incomplete)]


@commands.session("lint", shared=("as_json",))
def lint(
    session: Session,
    files: Annotated[list[str], argument("FILE", "Markdown documents; - reads stdin.", is_path=True)],
    fix: Annotated[
        bool, flag("--fix", "Correct the numbers of dashboards and the colors of maps in the files.")
    ] = False,
    ignore: Annotated[list[str] | None, option("--ignore", "RULE", "Ignore this rule.", complete_rule)] = None,
    shape: Annotated[
        str,
        option(
            "--format",
            "|".join(FORMATS),
            "How to print the findings.",
            proposed(FORMATS),
            show_default=True,
        ),
    ] = "text",
) -> None:
    """Check documents without a register.

    Checks keys, words, dependencies, counts and dates.

    Exit code 3 if there are findings that were not corrected.

    Examples:
      ai-debt lint docs/ai-debt-register.md
      ai-debt lint docs/*.md --fix
      ai-debt lint docs/ai-debt-register.md --format github      annotations of a pull request
      ai-debt lint docs/ai-debt-register.md --ignore overdue --ignore wrong-color
      git show main:docs/ai-debt-register.md | ai-debt lint -
    """
    ignored = frozenset(ignore or ())
    if shape not in FORMATS:
        raise typer.BadParameter(f"unknown format {shape!r}: use text, json or github")
    _check_usage(files, ignored, fix=fix)
    today = clock.now().date()
    checked, failed = [], False
    for file in files:
        try:
            with working(f"Checking {file}"):
                checked.append(_checked(file, today, ignored, fix=fix))
        except RegisterError as error:
            output.refuse(str(error))
            failed = True
    _PRINTERS["json" if session.as_json else shape](checked)
    if failed:
        raise typer.Exit(output.REFUSED)
    if any(each.findings for each in checked):
        raise typer.Exit(output.FOUND)


def _check_usage(files: Sequence[str], ignored: frozenset[str], *, fix: bool) -> None:
    from store.formats.document.lint import RULES

    if unknown := sorted(ignored - RULES.keys()):
        known = ", ".join(RULES)
        raise typer.BadParameter(f"unknown rule {unknown[0]!r}: use one of {known}", param_hint="--ignore")
    if fix and "-" in files:
        raise typer.BadParameter("--fix writes into files: name one instead of -")


def _checked(file: str, today: date, ignored: frozenset[str], *, fix: bool) -> Checked:
    """What is found in a file, after it was corrected if that is asked for. Raises RegisterError."""
    from store.formats.document.lint import lint as find

    found = find(read_document(file), today=today, ignore=ignored)
    if not fix or not any(each.is_derived for each in found):
        return Checked(name_of(file), found)
    after = find(_corrected(file, ignored), today=today, ignore=ignored)
    kept = {(each.rule, each.message) for each in after}
    return Checked(file, after, tuple(each for each in found if (each.rule, each.message) not in kept))


def _corrected(file: str, ignored: frozenset[str]) -> str:
    """The text of a file after its derived text was corrected there. Raises RegisterError."""
    from store.db.files import replacing
    from store.formats.document.derived import DERIVED_RULES, corrected

    with replacing(Path(file), register=None) as opened:
        text = file_lines.decode(opened.read() or b"", file)
        better = corrected(text, rules=DERIVED_RULES - ignored)
        if better != text:
            opened.replace(better.encode())
    return better


def _print_text(checked: Sequence[Checked]) -> None:
    lines = []
    for each in checked:
        lines += [f"{each.name}:{one.line}: fixed: {one.message} [{one.rule}]" for one in each.fixed]
        lines += [f"{each.name}:{one.line}: {one.level}: {_words(one)} [{one.rule}]" for one in each.findings]
    found = [one for each in checked for one in each.findings]
    fixed = sum(len(each.fixed) for each in checked)
    summary = [f"{number_of(fixed, 'finding')} fixed"] if fixed else []
    for level in ("error", "warning"):
        if number := sum(one.level == level for one in found):
            summary.append(number_of(number, level))
    if checked:
        words = f"{', '.join(summary) or 'No problems'} in {number_of(len(checked), 'file')}"
        fixable = sum(one.is_derived for one in found)
        lines.append(f"{words}; {fixable} can be fixed with --fix." if fixable else f"{words}.")
        output.emit("\n".join(map(line, lines)))


def _print_json(checked: Sequence[Checked]) -> None:
    found = [FileFinding(each.name, one) for each in checked for one in each.findings]
    fixed = [FileFinding(each.name, one) for each in checked for one in each.fixed]
    output.emit_json("findings", found, fixed=fixed)


def _print_github(checked: Sequence[Checked]) -> None:
    lines = [
        f"::{one.level} file={_property(each.name)},line={one.line},title={one.rule}::{_escaped(_words(one))}"
        for each in checked
        for one in each.findings
    ]
    output.emit("\n".join(map(safe, lines)))


_PRINTERS: dict[str, Callable[[Sequence[Checked]], None]] = dict(
    zip(FORMATS, (_print_text, _print_json, _print_github), strict=True)
)


def _words(found: Finding) -> str:
    return f"{found.message}: {found.remedy}" if found.remedy else found.message


def _escaped(text: str) -> str:
    """A text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A text as the value of a property of a workflow command."""
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
