"""What docs/contributing.md shows adds a pane, a field, a column, a qualifier, a command and a metric."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.program import PATIENCE, ROOT, environment
from tests.worked_examples import apply_to

Found = dict[str, Any]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What a program with the worked examples does."""
    tree, place = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("place")
    apply_to(tree)
    (place / SAMPLE_NAME).write_text(sample_text(), encoding="utf-8", newline="")
    run = "import runpy; runpy.run_module('tests.worked_examples', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", run, place, SAMPLE_NAME],
        env=environment(place, PYTHONPATH=os.pathsep.join((str(tree), str(ROOT))), AI_DEBT_DB=f"{place}/register.db"),
        cwd=place,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: Found = json.loads(done.stdout)
    return told


def test_a_field_is_there_wherever_fields_are(found: Found) -> None:
    assert "--ticket" in found["options"]
    assert found["set"] == "Changed owner and ticket of EN-001.\n"
    changes = {change["field"]: (change["before"], change["after"]) for change in found["changes"]}
    assert changes["ticket"] == (None, "ML-42")
    assert "set the ticket of EN-001 to ML-42" in found["history"]
    assert "changed ticket of EN-001 to 'ML-43'" in found["conflict"]
    assert found["item"]["ticket"] == "ML-43"
    assert "Ticket  " in found["undone"]
    assert "ML-43" in found["undone"]
    assert "ticket ML-43" in found["dashboard"]["details"]
    assert "Ticket" in found["dashboard"]["form"]
    assert found["verified"] == 0


def test_a_column_is_written_to_documents_and_read_from_them(found: Found) -> None:
    assert "| Ticket |" in found["document"]
    assert "ticket: it was -, the file says ML-43, the register ML-42" in found["preview"]


def test_a_column_of_the_list_shows_where_a_row_has_a_value(found: Found) -> None:
    assert "Ticket" in found["listed"]
    assert "ML-43" in found["listed"]
    assert "Ticket" not in found["without"]


def test_a_qualifier_filters_and_completes(found: Found) -> None:
    assert "EN-001" in found["listed"]
    assert "EN-002" not in found["listed"]
    assert "EN-002" in found["without"]
    assert "EN-001" not in found["without"]
    assert "ML-43" in found["dashboard"]["completed"]


def test_a_pane_has_a_frame_a_key_and_zoom(found: Found) -> None:
    shown = found["dashboard"]
    assert "6 Severities" in shown["start"]
    assert "High          6" in shown["start"]
    assert shown["focused"] == "severities"
    assert "High          6" in shown["zoomed"]
    assert "Categories" in shown["zoomed"].splitlines()[1]
    assert "BE-001" not in shown["zoomed"]
    assert "High          1" in shown["category"]


def test_a_command_runs_by_its_key_and_is_in_help_and_the_key_bar(found: Found) -> None:
    shown = found["dashboard"]
    assert "U unassign" in shown["start"]
    assert "Remove the owner" in shown["help"]
    assert shown["owner"] is None
    assert shown["undone"] == "bo"


def test_a_metric_is_in_the_output(found: Found) -> None:
    shown = found["metrics"]
    assert "# HELP ai_debt_owners Owners of unresolved items.\n# TYPE ai_debt_owners gauge\nai_debt_owners{" in shown
    assert [line.split()[-1] for line in shown.splitlines() if line.startswith("ai_debt_owners{")] == ["1.0"]
