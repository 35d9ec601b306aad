"""An item as Markdown, to paste into a ticket or a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from store.commands.items import edit_items
from store.enums import Status
from store.formats.reports import items_markdown
from tests.store.asking import item

if TYPE_CHECKING:
    from store.db.database import Database

EXPECTED = """\
## EN-002 Embedding \\*Coupling

- **Severity:** High
- **Status:** Mitigated
- **Status note:** see *below*
- **Owner:** ML\\_Platform
- **Affected components:** MDL-REC
- **Category:** Entanglement (EN)

**Description**

One **bold** line\\
and a second

- a point
- another

**Mitigation plan**

Pin &#60;b> versions

**Fed by**

- EN-001 Feature Entanglement (Flink windowing): feature changes cascade to
"""


def test_the_whole_item_as_a_block(db: Database) -> None:
    changes = {
        "title": "Embedding \\*Coupling",
        "status_note": "see *below*",
        "description": "One **bold** line\nand a second\n\n- a point\n- another",
        "mitigation_plan": "Pin <b> versions",
        "owner": "ML\\_Platform",
        "components": ("MDL-REC",),
        "status": Status.MITIGATED,
    }
    edit_items(db, ["EN-002"], changes)
    text = items_markdown([item(db, "EN-002")])
    assert text == EXPECTED


def test_items_come_one_after_another(db: Database) -> None:
    text = items_markdown([item(db, key) for key in ("BE-001", "EN-001")])
    headings = [token for token in MarkdownIt().parse(text) if token.type == "heading_open"]
    assert len(headings) == 2
    assert "\n\n## EN-001" in text
