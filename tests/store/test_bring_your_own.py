"""The examples of docs/bring-your-own.md hold what that says, and a change touches the lines of its item."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from store.enums import Status
from store.formats.document.reader import read
from store.formats.document.writer import write
from tests.program import ROOT

if TYPE_CHECKING:
    from store.formats.document.model import Register

GUIDE = (ROOT / "docs" / "bring-your-own.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^### (\d+)\. .*?^```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
HELD = {
    "1": [
        ("TD-001", "Two rankers read the same features", "High", "Open"),
        ("TD-002", "Labels are checked by hand", "Low", "Open"),
    ],
    "2": [
        ("TR-001", "One machine trains everything", "High", "Open (v0.6)"),
        ("SE-001", "Old models stay in memory", "Medium", "Mitigated"),
    ],
    "3": [
        ("TD-001", "Secrets are in the notebook images", "Critical", "Open"),
        ("TD-002", "Dashboards time out", "Medium", "Open"),
    ],
    "4": [
        ("TD-001", "No rollback for models", None, "Open"),
        ("TD-002", "Feature names collide", None, "Open"),
        ("TD-003", "Nightly job without alerts", None, "Mitigated"),
    ],
    "5": [
        ("TD-001", "Training data has no owner", "High", "In Progress"),
        ("TD-002", "Retries hide failures", "Low", "Accepted"),
    ],
    "6": [
        ("TD-001", "Model cards are out of date", "Medium", "Open"),
        ("TD-002", "Feature store without quotas", "High", "Mitigated"),
    ],
    "7": [
        ("R-7", "Drift is found by customers", "High", "Accepted"),
        ("R-9", "Embeddings change under their readers", "Low", "Open"),
    ],
    "8": [
        ("TD-001", "Split the training image", "High", "Open"),
        ("TD-002", "Remove the second tokenizer", "Medium", "Mitigated"),
        ("TD-014", "Name the feature groups", None, "Open"),
    ],
    "9": [
        ("TS-1", "Merkmale sind doppelt definiert", "High", "Open"),
        ("TS-2", "Alte Modelle werden nicht gelöscht", "Low", "Mitigated"),
    ],
    "10": [
        ("A-1", "Alerts are muted at night", "High", "Open"),
        ("A-2", "Batch and stream disagree", "Medium", "Mitigated"),
    ],
}
"""Each example's items: key, title, severity, status with its note."""
MITIGATED = {
    "1": "| 1 | Two rankers read the same features | P1 | Ranker | Version the features | Mitigated |\n",
    "2": "| One machine trains everything | Major | Ida | Done v0.6 |\n",
    "4": (
        "- **Nightly job without alerts**: paged since May.\n"
        "- **No rollback for models**: restoring the last one takes an hour.\n"
    ),
    "5": "**Status:** Mitigated\n",
    "6": "Owner: Ono | Status: closed | Where: Registry\n",
    "7": "| State | Mitigated |\n",
    "8": "- [x] **[P1] Split the training image**: it takes nine minutes to pull\n",
    "9": "| TS-1 | Merkmale sind doppelt definiert | hoch | Jana | erledigt |\n",
    "10": "A-1;Alerts are muted at night;S1;Fixed\n",
}
"""A part of each example after its first item is mitigated."""


def held(text: str) -> Register:
    found = read(text)
    assert found.problems == ()
    assert found.register is not None
    return found.register


def test_there_are_ten_shapes() -> None:
    assert [number for number, _ in EXAMPLES] == list(HELD)


@pytest.mark.parametrize(("number", "text"), EXAMPLES)
def test_an_example_holds_what_the_guide_says(number: str, text: str) -> None:
    register = held(text)
    found = [
        (
            item.key,
            item.title or item.description,
            item.severity and item.severity.value,
            f"{item.status.value} ({item.status_note})" if item.status_note else item.status.value,
        )
        for item in register.items
    ]
    assert found == HELD[number]
    assert write(register, template=text) == text


@pytest.mark.parametrize(("number", "text"), [each for each in EXAMPLES if each[0] in MITIGATED])
def test_mitigating_the_first_item_of_an_example(number: str, text: str) -> None:
    register = held(text)
    first, *others = register.items
    changed = register._replace(items=(first._replace(status=Status.MITIGATED), *others))
    written = write(changed, template=text)
    assert MITIGATED[number] in written
    assert held(written).items[0 if number != "4" else -1].status is Status.MITIGATED
