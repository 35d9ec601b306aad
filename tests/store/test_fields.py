"""The table of an item's fields: what lists them is made from it, and a new field is a row of it and a column."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from store.fields import BULK_FORM_ORDER, FIELDS, ITEM_FIELDS, JSON_ORDER, REVIEW_ORDER, STATUS_FIELDS
from store.formats.document import model
from store.models import Item
from store.queries.items import ItemDetail, SelectedItem
from store.samples import SAMPLE_NAME, sample_text
from tests.program import PATIENCE, ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = frozenset(field.name for field in ITEM_FIELDS)
SOURCES = sorted(path for folder in ("store", "tui") for path in (ROOT / folder).rglob("*.py"))
OF_OTHER_THINGS = {
    "store/fields.py": "the table itself",
    "store/models.py": "the columns of the database and its indexes",
    "store/filters/": "qualifiers of the filter language",
    "store/audit/trends.py": "what a trend counts",
    "store/formats/document/vocabulary_roles.py": "the words of documents for each field",
}
"""Where three names of fields stand side by side for a reason of their own."""
LISTED, HALF = 3, len(NAMES) // 2


def listed(text: str) -> Iterator[int]:
    """The lines where a module lists names of fields: three in a row, or half of them as the keys of a mapping."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                least = LISTED
            case ast.Dict(keys=keys):
                parts, least = [key for key in keys if key is not None], HALF
            case _:
                continue
        found = {part.value for part in parts if isinstance(part, ast.Constant)} & NAMES
        if len(found) >= least:
            yield node.lineno


def test_no_module_lists_the_fields_again() -> None:
    found = {
        name: lines
        for path in SOURCES
        if not (name := str(path.relative_to(ROOT))).startswith(tuple(OF_OTHER_THINGS))
        and (lines := list(listed(path.read_text(encoding="utf-8"))))
    }
    assert found == {}, "make the list from the table in store/fields.py"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('A = ("owner", "effort", "due_on")', [1]),
        ('A = 1\nB = ["title", 2, "key", "status"]', [2]),
        ('A = ("owner", "effort")', []),
        ('A = {"key": 1, "status": 2, "severity": 3}', []),
        (f"A = {dict.fromkeys(NAMES, 1)!r}", [1]),
    ],
)
def test_a_list_of_fields_is_found(text: str, lines: list[int]) -> None:
    assert list(listed(text)) == lines


def test_rows_have_every_field_that_they_are_made_of() -> None:
    assert set(ItemDetail._fields) >= NAMES
    assert set(model.Item._fields) >= NAMES
    assert set(SelectedItem._fields) >= {"key", *BULK_FORM_ORDER, *STATUS_FIELDS}
    own = {"category": "category_id", "components": "components_text", "affected": "affected_text"}
    assert set(Item.model_fields) >= {own.get(name, name) for name in NAMES}
    assert set(JSON_ORDER) == set(REVIEW_ORDER) == FIELDS.keys()


TOY = (
    '    ItemField("ticket", "Ticket", Kind.TEXT, ("Ticket", "Issue"), '
    'noun="ticket number", in_new_form=True, in_bulk_form=True),\n'
)
DRIVER = """
import contextlib, io, json, sqlite3, sys
from datetime import date
from pathlib import Path

from tui.cli.main import main

def said(*words):
    sys.argv = ["ai-debt", *words]
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")) as out, \\
            contextlib.redirect_stderr(io.StringIO()) as err:
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        out.flush()
    return code, out.buffer.getvalue().decode(), err.getvalue()

def answer(*words):
    return json.loads(said(*words, "--json")[1])

name, found = sys.argv[1], {}
said("init")
with sqlite3.connect("register.db") as connection:
    connection.execute("alter table item add column ticket text")
connection.close()
said("import", name, "--yes")
found["options"] = said("set", "--help")[1]
found["set"] = said("set", "EN-001", "--ticket", "ML-42")
found["changes"] = answer("history", "EN-001")["changes"][0]
found["history"] = said("history", "EN-001", "--limit", "1")[1]
found["document"] = said("export")[1]
Path("edited.md").write_text(found["document"].replace("ML-42", "ML-43"), encoding="utf-8")
found["preview"] = said("import", "edited.md", "--dry-run")[1]
said("import", "edited.md", "--prefer", "file", "--yes")
found["conflict"] = said("set", "EN-001", "--ticket", "ML-44", "--was", "ticket=ML-42")
found["item"] = answer("show", "EN-001")["item"]
said("set", "EN-001", "--ticket", "")
said("undo")
found["undone"] = answer("show", "EN-001")["item"]["ticket"]

from store.fields import FORM_ORDER, NEW_FORM_ORDER, BULK_FORM_ORDER
from tui.editing.fields import item_field
found["forms"] = ["ticket" in order for order in (FORM_ORDER, NEW_FORM_ORDER, BULK_FORM_ORDER)]
found["label"] = item_field("ticket", "", date.min).label
json.dump(found, sys.stdout)
"""


def with_a_new_field(tree: Path) -> None:
    """The program with another field: a row of the table, and a column of each row that has one of every field."""
    for name in ("store", "tui", "migrations"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    table = tree / "store/fields.py"
    text = table.read_text(encoding="utf-8")
    last = "    ItemField(EXTRA,"
    assert text.count(last) == 1
    table.write_text(text.replace(last, TOY + last), encoding="utf-8")
    for path in (tree / "store").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        more = re.sub(r"(?m)^    accepted_by: (str \| None.*)$", r"\g<0>\n    ticket: \1", text)
        more = more.replace("accepted_by str,", "accepted_by str, ticket str,")
        if more != text:
            path.write_text(more, encoding="utf-8")


def test_a_new_field_is_there_wherever_fields_are(tmp_path: Path) -> None:
    with_a_new_field(tmp_path)
    (tmp_path / SAMPLE_NAME).write_text(sample_text(), encoding="utf-8", newline="")
    done = subprocess.run(
        [sys.executable, "-P", "-c", DRIVER, SAMPLE_NAME],
        env=environment(tmp_path, PYTHONPATH=str(tmp_path), AI_DEBT_DB="register.db"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "--ticket" in found["options"]
    assert found["set"] == [0, "", "Changed ticket of EN-001.\n"]
    change = found["changes"]
    assert (change["field"], change["before"], change["after"]) == ("ticket", None, "ML-42")
    assert "ticket number" in found["history"]
    assert "| Ticket |" in found["document"]
    assert "ticket: it was -, the file says ML-43, the register ML-42" in found["preview"]
    code, _, refusal = found["conflict"]
    assert code == 1
    assert "changed ticket of EN-001 to 'ML-43'" in refusal
    assert found["item"]["ticket"] == found["undone"] == "ML-43"
    assert found["forms"] == [True, True, True]
    assert found["label"] == "Ticket"
