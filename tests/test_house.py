"""The rules of the house: who imports what, what a start loads, how long a file may be."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from store.samples import sample_text
from tests.program import PATIENCE, ROOT, START, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SCREEN = {"textual", "rich", "typer"}
DATABASE = {"sqlmodel", "sqlalchemy", "alembic"}
MOST_LINES = 650
MOST_LINES_OF_A_FUNCTION = 60


def python_files() -> list[Path]:
    folders = ("store", "tui", "migrations", "tests", "docs", "benchmarks")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def loaded_by(code: str, place: Path) -> set[str]:
    """The top-level packages that are loaded once `code` has run to its end, whichever way it ends."""
    tell = f"""
import sys
try:
    {code}
finally:
    print("loaded:", *{{name.partition(".")[0] for name in sys.modules}})
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", tell],
        env=environment(place),
        cwd=place,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split())


def test_import_rules_hold(tmp_path: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-logo", "--cache-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "package", ["store.commands.export", "store.queries.items", "store.formats.document.writer", "store.samples"]
)
def test_the_store_loads_no_screen(package: str, tmp_path: Path) -> None:
    loaded = loaded_by(f"import {package}", tmp_path)
    assert package.partition(".")[0] in loaded
    assert not loaded & SCREEN


def test_formats_load_no_database(tmp_path: Path) -> None:
    assert not loaded_by("import store.formats.document.writer, store.formats.document.reader", tmp_path) & DATABASE


@pytest.mark.parametrize("arguments", [["--help"], ["keys"], ["keys", "--json"], ["--version"]])
def test_words_about_the_program_load_no_screen_database_or_grammar(arguments: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(f"sys.argv[1:] = {arguments!r}; {START.removeprefix('import sys; ')}", tmp_path)
    assert "tui" in loaded
    assert not loaded & {"textual", "lark", *DATABASE}


@pytest.mark.parametrize(
    "arguments",
    [
        ["export"],
        ["export", "debt.md"],
        ["export", "debt.csv"],
        ["export", "debt.json"],
        ["import", "debt.md", "--yes"],
        ["sync", "debt.md"],
    ],
)
def test_documents_are_read_and_written_without_the_models(
    arguments: list[str], sample_copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "debt.md").write_text(sample_text(), encoding="utf-8")
    line = [*arguments, "--db", str(sample_copy if arguments[0] == "export" else tmp_path / "new.db")]
    loaded = loaded_by(f"sys.argv[1:] = {line!r}; {START.removeprefix('import sys; ')}", tmp_path)
    assert "markdown_it" in loaded
    assert not loaded & {"textual", "networkx", "pydantic", *DATABASE}


@pytest.mark.parametrize(
    "arguments",
    [
        ["lint", "debt.md", "--ignore", "wrong-color"],
        ["lint", "debt.md", "--fix"],
        ["diff", "debt.md", "low.md"],
        ["merge-file", "debt.md", "low.md", "open.md"],
    ],
    ids=" ".join,
)
def test_documents_are_checked_compared_and_merged_without_a_database(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "debt.md").write_text(sample_text(), encoding="utf-8")
    (tmp_path / "low.md").write_text(sample_text().replace("| Medium |", "| Low |"), encoding="utf-8")
    (tmp_path / "open.md").write_text(sample_text().replace("| Open |", "| In Progress |"), encoding="utf-8")
    loaded = loaded_by(f"sys.argv[1:] = {arguments!r}; {START.removeprefix('import sys; ')}", tmp_path)
    assert "markdown_it" in loaded
    assert not loaded & {"textual", "networkx", "pydantic", "lark", *DATABASE}


@pytest.mark.parametrize(
    "code",
    [
        "import tui.app, tui.editing.item_dialogs, tui.dashboard.time_travel",
        "from store.filters.parser import parse; parse('due:<2w opened:>2026-03-01 changed:31.3.2026')",
    ],
)
def test_what_reads_dates_in_words_is_loaded_for_words_alone(code: str, tmp_path: Path) -> None:
    assert "dateparser" not in loaded_by(code, tmp_path)


def test_files_and_functions_are_short_enough_to_read() -> None:
    assert [found for path in python_files() for found in too_long(path)] == []


def too_long(path: Path) -> Iterator[str]:
    """The file if it is too long, and each of its functions that is; a test may be as long as its file."""
    name, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    if lines > MOST_LINES:
        yield f"{name} has {lines} lines"
    if name.parts[0] == "tests":
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                yield f"{node.name} in {name} has {length} lines"


def imported(path: Path) -> Iterator[str]:
    """The modules that a module imports, when it is loaded or later, or for its types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_modules_of_the_store_import_each_other() -> None:
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "store").rglob("*.py")}
    imports = nx.DiGraph((name, found) for name, path in paths.items() for found in imported(path))
    assert [sorted(group) for group in nx.strongly_connected_components(imports) if len(group) > 1] == []


def test_maps_and_lines_know_only_the_model_of_documents() -> None:
    formats = ROOT / "store" / "formats"
    names = {name for path in (formats / "lines.py", *formats.glob("mermaid/*.py")) for name in imported(path)}
    documents = {name for name in names if name.startswith("store.formats.document.")}
    assert {name for name in documents if not name.startswith("store.formats.document.model")} == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [path.relative_to(ROOT) for path in python_files() if path.stat().st_size and not purpose(path)]
    assert silent == [], "a module begins with one sentence of purpose"


def purpose(path: Path) -> bool:
    """Whether a module begins with a sentence."""
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return documentation.partition("\n\n")[0].endswith((".", ":", "?"))


def test_a_file_that_is_too_long_or_says_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "long.py"
    here.write_text("def walk() -> None:\n" + "    pass\n" * MOST_LINES, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    long = f"{MOST_LINES + 1} lines"
    assert list(too_long(here)) == [f"long.py has {long}", f"walk in long.py has {long}"]
    assert not purpose(here)
