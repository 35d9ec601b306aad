"""The rules of the house: who imports what, what a start loads, how long a file may be."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import pytest
import textual

import tui
from store.samples import sample_text
from tests.program import PATIENCE, ROOT, START, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

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


@pytest.mark.parametrize("package", ["store", "tui"])
def test_no_modules_import_each_other(package: str) -> None:
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / package).rglob("*.py")}
    imports = nx.DiGraph((name, found) for name, path in paths.items() for found in imported(path) if found in paths)
    assert [sorted(group) for group in nx.strongly_connected_components(imports) if len(group) > 1] == []


def test_maps_and_lines_know_only_the_model_of_documents() -> None:
    formats = ROOT / "store" / "formats"
    names = {name for path in (formats / "lines.py", *formats.glob("mermaid/*.py")) for name in imported(path)}
    documents = {name for name in names if name.startswith("store.formats.document.")}
    assert {name for name in documents if not name.startswith("store.formats.document.model")} == set()


def private_names() -> set[str]:
    """The private names on the classes of the installed Textual: methods, and what they set on an object."""
    return set().union(*private_of_classes().values())


@cache
def private_of_classes() -> dict[str, frozenset[str]]:
    """The private names that each class of Textual brings in, by module and name."""
    root = Path(textual.__file__).parent
    found: dict[str, frozenset[str]] = {}
    for path in root.rglob("*.py"):
        module = ".".join(("textual", *path.relative_to(root).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                names = {name for part in ast.walk(node) for name in of_itself(part)}
                found[f"{module}.{node.name}"] = frozenset(filter(is_private, names))
    return found


def is_private(name: str) -> bool:
    """Whether a name is private to its class; not those that each named tuple has."""
    return name.startswith("_") and not name.startswith("__") and not hasattr(Tuple, name)


class Tuple(NamedTuple):
    """A named tuple."""


def of_itself(node: ast.AST) -> Iterator[str]:
    """The name that a part of a class defines, or takes from the object or its bases."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            yield name
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def of_others(tree: ast.Module) -> Iterator[str]:
    """The names that a module takes from objects of others."""
    loaded = [name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    modules = {name.asname or name.name for name in loaded}
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr not in of_itself(node)]
    yield from (node.attr for node in taken if ast.unparse(node.value) not in modules)


def classes_of(package: ModuleType) -> dict[str, type]:
    """The classes that the modules of a package define, by module and name."""
    found = {}
    for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not each.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(each.name)).items():
                if isinstance(value, type) and value.__module__ == each.name:
                    found[f"{each.name}.{name}"] = value
    return found


def private_uses(path: Path, classes: dict[str, type]) -> Iterator[str]:
    """The private names of Textual in a module: imported, taken from an object, overridden or hidden by its classes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imported(path):
        if name.startswith("textual.") and any(part.startswith("_") for part in name.split(".")):
            yield name
    yield from (name for name in of_others(tree) if name in private_names())
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (mine := classes.get(f"{module}.{node.name}")) is not None:
            # A mixin is of the kind of whatever it is mixed into.
            bases = {base for each in classes.values() if mine in each.__mro__ for base in each.__mro__}
            theirs = [private_of_classes().get(f"{base.__module__}.{base.__name__}", frozenset()) for base in bases]
            used = {name for part in ast.walk(node) for name in of_itself(part)}
            yield from (f"{node.name}.{name}" for name in used.intersection(*[frozenset().union(*theirs)]))


def test_private_names_of_textual_are_in_one_file() -> None:
    classes = classes_of(tui)
    compat = ROOT / "tui" / "compat.py"
    assert {"textual._xterm_parser", "PrivateApp._driver"} <= set(private_uses(compat, classes))
    paths = [path for path in (ROOT / "tui").rglob("*.py") if path != compat]
    assert {f"{path.relative_to(ROOT)}: {name}" for path in paths for name in private_uses(path, classes)} == set()


def test_every_module_says_what_it_is_for() -> None:
    silent = [path.relative_to(ROOT) for path in python_files() if path.stat().st_size and not purpose(path)]
    assert silent == [], "a module begins with one sentence of purpose"


def purpose(path: Path) -> bool:
    """Whether a module begins with a sentence."""
    documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return documentation.partition("\n\n")[0].endswith((".", ":", "?"))


def test_no_method_is_a_stub_that_fails_when_it_is_called() -> None:
    paths = [path for folder in ("store", "tui", "migrations") for path in (ROOT / folder).rglob("*.py")]
    stubs = [path.relative_to(ROOT) for path in paths if "NotImplementedError" in path.read_text(encoding="utf-8")]
    assert stubs == [], "declare it with abc.abstractmethod, so that the types tell who forgot it"


def test_a_file_that_is_too_long_or_says_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "long.py"
    here.write_text("def walk() -> None:\n" + "    pass\n" * MOST_LINES, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    long = f"{MOST_LINES + 1} lines"
    assert list(too_long(here)) == [f"long.py has {long}", f"walk in long.py has {long}"]
    assert not purpose(here)
