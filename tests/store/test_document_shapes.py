"""Registers as teams keep them: what is read of each shape, and what one changed status writes into it."""

from datetime import date
from difflib import unified_diff
from textwrap import dedent
from typing import NamedTuple

import pytest

from store.enums import Severity, Status
from store.formats.document.model import Item, Register
from store.formats.document.reader import read
from store.formats.document.writer import write

DAY = date(2026, 3, 31)
C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
OPEN, ACCEPTED, DONE = Status.OPEN, Status.ACCEPTED, Status.MITIGATED


class Shape(NamedTuple):
    text: str
    items: list[tuple[str, str | None, Severity | None, Status]]
    """Key, title, severity and status of each item."""
    written: list[str]
    """The lines that mitigating the first open item takes out and puts in."""


SHAPES = {
    "lists and tables below lines in bold": Shape(
        """\
        # To mend

        **High priority:**

        - [ ] Rotate the keys
        - [x] Patch the base image

        Low:

        | Item           | Where |
        |----------------|-------|
        | Rename modules | lib   |

        __Done__

        - Old tokenizer
        """,
        [
            ("TD-001", "Rotate the keys", H, OPEN),
            ("TD-002", "Patch the base image", H, DONE),
            ("TD-003", "Rename modules", L, OPEN),
            ("TD-004", "Old tokenizer", None, DONE),
        ],
        ["-- [ ] Rotate the keys", "+- [x] Rotate the keys"],
    ),
    "tags inside and behind a bold title": Shape(
        """\
        # Chores

        1. **[P1] Split the image**: pulling takes long
        2. **Name the features** [P3]: two teams collide
        """,
        [
            ("TD-001", "Split the image", H, OPEN),
            ("TD-002", "Name the features", L, OPEN),
        ],
        ["+   - Status: Mitigated"],
    ),
    "fields that are paragraphs": Shape(
        """\
        # Debt items

        ## 1. Monolithic scoring module (2,400 lines)

        **File:** `scoring/all.py`

        **Problem:** Each model adds a branch
        to the same function:
        - churn
        - fraud

        **Impact:** Releases wait for each other

        ## 2. No feature contracts

        **Problem:** Producers rename columns.
        """,
        [
            ("TD-001", "Monolithic scoring module (2,400 lines)", None, OPEN),
            ("TD-002", "No feature contracts", None, OPEN),
        ],
        ["+**Status:** Mitigated", "+"],
    ),
    "severities as headings, words as fields": Shape(
        """\
        # Debt tracker

        ## P1 — High impact / scheduled

        ### `loader.py` — 900 lines

        - **Why it's debt:** the only file that nobody tests.
        - **Plan:** split it.
        - **Status:** **PENDING** — after the release

        ### ~~Old flags~~

        - **Status:** **WONT FIX** (design)

        ## P3 — Low impact

        ### Docs

        - **Status:** **OPEN** — optional

        ## History of payments

        | Date | Action |
        | ---- | ------ |
        | 2026-02-01 | Removed three flags |
        """,
        [
            ("TD-001", "`loader.py` — 900 lines", H, OPEN),
            ("TD-002", "Old flags", H, ACCEPTED),
            ("TD-003", "Docs", L, OPEN),
        ],
        [
            "-### `loader.py` — 900 lines",
            "+### ~~`loader.py` — 900 lines~~",
            "-- **Status:** **PENDING** — after the release",
            "+- **Status:** **MITIGATED**",
        ],
    ),
    "a table of fields for each item": Shape(
        """\
        # Debt (v0.7)

        **Status:** Active — reviewed monthly

        | Severity | Count |
        |----------|-------|
        | High | 1 |
        | **Total** | **2** |

        ### TD-001 — Request forgery

        | Field | Value |
        |-------|-------|
        | **Severity** | ~~Critical~~ **Resolved (phase 1)** |
        | **Description** | Hosts are resolved by the guard. |

        ### TD-004 — No sign-in

        | Field | Value |
        |-------|-------|
        | **Severity** | High (partial) |
        | **Description** | **Rate limits** added. |
        """,
        [("TD-001", "Request forgery", C, DONE), ("TD-004", "No sign-in", H, OPEN)],
        ["+| **Status**      | Mitigated |"],
    ),
    "lists below severities": Shape(
        """\
        # Known issues and technical debt

        ## 🔴 High priority

        1. **Tokens never expire** - sessions stay valid
        2. **No limits** on sign-in

        ## 🟡 Medium priority

        - [ ] **Split the parser** by language
        - [x] **Move the settings**

        ## Resolved issues

        - ~~Leak in the worker~~ (v2.1)

        ## How to contribute

        - Open a pull request
        """,
        [
            ("TD-001", "Tokens never expire", H, OPEN),
            ("TD-002", "No limits", H, OPEN),
            ("TD-003", "Split the parser", M, OPEN),
            ("TD-004", "Move the settings", M, DONE),
            ("TD-005", "Leak in the worker", None, DONE),
        ],
        ["-1. **Tokens never expire** - sessions stay valid", "+1. ~~**Tokens never expire**~~ - sessions stay valid"],
    ),
    "Spanish, with words and numbers": Shape(
        """\
        # Riesgos

        | ID | Riesgo técnico | Severidad | Mitigación planificada |
        |---|---|---|---|
        | **RSK-01** | Entrenamiento sin pruebas | **Crítica (1)** | Validar |
        | **RSK-02** | Datos filtrados | **Alta (2)** | Adaptador |
        """,
        [("RSK-01", "Entrenamiento sin pruebas", C, OPEN), ("RSK-02", "Datos filtrados", H, OPEN)],
        [
            "-| ID | Riesgo técnico | Severidad | Mitigación planificada |",
            "-|---|---|---|---|",
            "-| **RSK-01** | Entrenamiento sin pruebas | **Crítica (1)** | Validar |",
            "-| **RSK-02** | Datos filtrados | **Alta (2)** | Adaptador |",
            "+| ID | Riesgo técnico | Severidad | Mitigación planificada | Estado |",
            "+|---|---|---|---| ------ |",
            "+| **RSK-01** | Entrenamiento sin pruebas | **Crítica (1)** | Validar | Resuelto |",
            "+| **RSK-02** | Datos filtrados | **Alta (2)** | Adaptador | Abierto |",
        ],
    ),
    "levels in headings": Shape(
        """\
        # Technical debt

        ### Retries without a limit (High / M)

        The client retries forever.

        ### Two clocks (Low / S)

        One of them is wrong.
        """,
        [("TD-001", "Retries without a limit", H, OPEN), ("TD-002", "Two clocks", L, OPEN)],
        ["+", "+- **Status:** Mitigated"],
    ),
}
BY_NAME = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def register(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def said(item: Item) -> tuple[str, str | None, Severity | None, Status]:
    return item.key, item.title, item.severity, item.status


@BY_NAME
def test_each_shape_is_read(shape: Shape) -> None:
    assert [said(item) for item in register(dedent(shape.text)).items] == shape.items


@BY_NAME
def test_a_status_changes_lines_of_its_item_alone(shape: Shape) -> None:
    text = dedent(shape.text)
    found = register(text)
    first = next(item for item in found.items if item.status is OPEN)
    after = found._replace(
        items=tuple(item._replace(status=DONE, status_note=None) if item is first else item for item in found.items)
    )
    written = write(after, template=text, updated=DAY)
    lines = list(unified_diff(text.splitlines(), written.splitlines(), n=0, lineterm=""))[2:]
    assert [line for line in lines if not line.startswith("@@")] == shape.written
    assert [said(item) for item in register(written).items] == [said(item) for item in after.items]


@BY_NAME
def test_each_item_can_become_open_or_mitigated(shape: Shape) -> None:
    text = dedent(shape.text)
    found = register(text)
    for each in found.items:
        other = each._replace(status=OPEN if each.status is DONE else DONE, status_note=None)
        after = found._replace(items=tuple(other if item is each else item for item in found.items))
        read_back = register(write(after, template=text, updated=DAY))
        assert [said(item) for item in read_back.items] == [said(item) for item in after.items]
