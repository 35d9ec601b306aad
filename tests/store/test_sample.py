"""The packaged sample holds the figures that the documents and the demo speak of."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from store.enums import Severity, Status
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.samples import sample_text

if TYPE_CHECKING:
    from store.formats.document.model import Register

CATEGORIES = {
    "BE": ("Boundary Erosion", 2, 0),
    "EN": ("Entanglement", 3, 0),
    "FL": ("Hidden Feedback Loops", 1, 2),
    "DD": ("Data Dependency Debt", 2, 0),
    "PD": ("Pipeline Debt", 2, 0),
    "CD": ("Configuration Debt", 1, 1),
    "MS": ("Model Staleness", 0, 1),
}
"""Code: name, open items, mitigated items; in the order of the document."""

MEDIUM = {"BE-002", "EN-003", "FL-002", "FL-003", "DD-002", "CD-002"}

TITLES = {
    "EN-001": "Feature Entanglement\n(Flink windowing)",
    "EN-002": "Embedding Coupling\n(SemanticGNN)",
    "FL-001": "Popularity Amplification",
    "FL-003": "Artwork Feedback Loop",
    "DD-001": "Schema Dependency",
    "PD-001": "Dead Flink Jobs",
    "PD-002": "Train-Serve Skew",
    "CD-001": "Config Sprawl",
    "MS-001": "Catalog Staleness",
}

DEPENDENCIES = (
    ("EN-001", "feature changes cascade to", "EN-002"),
    ("FL-001", "amplified popularity biases", "MS-001"),
    ("DD-001", "schema breaks cascade to", "EN-001"),
    ("PD-001", "dead jobs mask", "DD-001"),
    ("PD-002", "skew amplifies", "EN-001"),
    ("CD-001", "misconfig delays", "MS-001"),
    ("FL-003", "misleading signal feeds", "FL-001"),
)

COMPONENTS = {
    "BE-002": ("Metaflow workflows (3,000+ projects)",),
    "EN-001": ("All models consuming real-time features", "Flink PL-002", "Amber"),
    "PD-002": ("PL-002 (Flink)", "PL-003/PL-004 (Spark)", "all models"),
}


def sample() -> Register:
    reading = read(sample_text())
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def test_the_head_says_which_system_and_since_when() -> None:
    register = sample()
    assert register.title == "AI Debt Register"
    assert register.system == "Netflix ML Platform (Metaflow/Maestro)"
    assert register.extends == "arc42 S11 -- Risks & Technical Debt"
    assert register.last_updated == date(2026, 2, 17)
    assert [entry.label for entry in register.cadence] == [
        "Debt review frequency",
        "Debt ownership",
        "Escalation",
        "Reporting",
    ]


def test_seven_categories_hold_eleven_open_and_four_mitigated_items() -> None:
    register = sample()
    states = Counter((item.category, item.status) for item in register.items)
    found = {
        category.code: (
            category.name,
            states[category.code, Status.OPEN],
            states[category.code, Status.MITIGATED],
        )
        for category in register.categories
    }
    assert list(found.items()) == list(CATEGORIES.items())
    assert Counter(item.status for item in register.items) == {Status.OPEN: 11, Status.MITIGATED: 4}


def test_items_keep_key_severity_title_and_components() -> None:
    items = {item.key: item for item in sample().items}
    assert len(items) == 15
    assert {key for key, item in items.items() if item.severity is Severity.MEDIUM} == MEDIUM
    assert all(item.severity is Severity.HIGH for key, item in items.items() if key not in MEDIUM)
    assert {key: item.title for key, item in items.items() if item.title} == TITLES
    assert {key: items[key].components for key in COMPONENTS} == COMPONENTS
    assert all(item.description and item.mitigation_plan for item in items.values())


def test_every_mitigated_item_has_its_note() -> None:
    notes = {item.key: item.status_note for item in sample().items if item.status_note}
    assert set(notes) == {"FL-001", "FL-002", "CD-001", "MS-001"}
    assert notes["CD-001"] == "Configurable Metaflow deployed; migration ongoing"


def test_seven_labeled_dependencies_in_order() -> None:
    edges = sample().dependencies
    assert tuple((edge.source, edge.label, edge.target) for edge in edges) == DEPENDENCIES


def test_the_one_notice_is_the_color_of_fl_001() -> None:
    notices = read(sample_text()).notices
    assert len(notices) == 1
    assert "FL-001" in notices[0].what
    assert sample_text().splitlines()[notices[0].line - 1].strip() == "style FL001 fill:#ff9999"


def test_untouched_it_is_written_back_byte_for_byte() -> None:
    assert write(sample(), template=sample_text()) == sample_text()
