"""What is an item in registers as teams keep them, what it says, and what is none."""

from textwrap import dedent

import pytest

from store.enums import Effort, Severity, Status
from store.formats.document.reader import read
from store.formats.document.writer import write

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
OPEN, BUSY, DONE, ACCEPTED = Status.OPEN, Status.IN_PROGRESS, Status.MITIGATED, Status.ACCEPTED

HEADINGS = {
    "words at the end of headings": (
        """\
        # Deuda de la plataforma

        ## PL-01 — Claves de servicio sin rotar · `ABIERTO` · **Riesgo alto**

        Nadie las cambia.

        ## PL-02 - Un solo nodo de cola - In progress - Low (later)

        Se cae con la zona.
        """,
        [
            ("PL-01", "Claves de servicio sin rotar", H, OPEN),
            ("PL-02", "Un solo nodo de cola", L, BUSY),
        ],
    ),
    "struck titles before a status": (
        """\
        # Dívida

        ## 1. ~~Fila sem limite~~ ✅ Resolvido

        Limite de mil mensagens.

        ## 2. ~~Métrica em duplicado~~ Fixed

        Uma só fonte.
        """,
        [("TD-001", "Fila sem limite", None, DONE), ("TD-002", "Métrica em duplicado", None, DONE)],
    ),
    "headings that are counted through all sections": (
        """\
        # Dívida de modelos

        ## 🔴 Itens críticos para v2

        ### 1. Treino sem semente
        - **Problema**: Resultados mudam

        ### 2. Dados sem dono
        - **Problema**: Ninguém responde
        - **Prioridade**: Baixa

        ## Melhorias

        ### 3. Painel de latência
        - Medir o percentil 95
        """,
        [
            ("TD-001", "Treino sem semente", C, OPEN),
            ("TD-002", "Dados sem dono", L, OPEN),
            ("ME-001", "Painel de latência", None, OPEN),
        ],
    ),
    "nouns before the severity of a section": (
        """\
        # Registro

        ## Riesgos altos

        - **Colas llenas** sin alarma

        ## Dettes critiques

        - **Pas de sauvegarde** depuis mars

        ## Puntos abiertos

        - **Manual antiguo** del equipo
        """,
        [
            ("TD-001", "Colas llenas", H, OPEN),
            ("TD-002", "Pas de sauvegarde", C, OPEN),
            ("TD-003", "Manual antiguo", None, OPEN),
        ],
    ),
    "a noun and a number before titles": (
        """\
        # Known problems

        ## Issue #1: Scorer hangs at startup

        **Severity:** High

        ## Issue #2: Wrong version in logs

        **Severity:** Low

        ## Severity scale

        - **High**: blocks a release
        - **Low**: an annoyance
        """,
        [("TD-001", "Scorer hangs at startup", H, OPEN), ("TD-002", "Wrong version in logs", L, OPEN)],
    ),
}


LISTS = {
    "plain titles with fields below": (
        """\
        # Risk register

        9. Scores leave the region
           - Files: `api/export.py`
           - Mitigation: keep them
             where they are
        10. Nobody owns the vault
           - Files: `vault/`
           - Issue: keys are shared
        """,
        [("TD-001", "Scores leave the region", None, OPEN), ("TD-002", "Nobody owns the vault", None, OPEN)],
    ),
    "lines of fields below": (
        """\
        # Debt

        1. Rotate the keys
           Owner: Ana
           Severity: High
        2. Drop the old table
           Owner: Bo
           Severity: Low
        """,
        [("TD-001", "Rotate the keys", H, OPEN), ("TD-002", "Drop the old table", L, OPEN)],
    ),
    "words behind bold titles": (
        """\
        # Dette

        ## Légende

        - **Haute** : tout de suite
        - **Faible** : un jour

        ## Priorisation

        1. **Files sans limite** : Priorité haute
           - Une panne par mois
        2. **Vieux pilote** - Low. Kept for one customer
        3. **Journal trop long** — moyenne
        """,
        [
            ("PR-001", "Files sans limite", H, OPEN),
            ("PR-002", "Vieux pilote", L, OPEN),
            ("PR-003", "Journal trop long", M, OPEN),
        ],
    ),
    "severities before titles": (
        """\
        # Known debt

        ## In numbers

        - **High:** 2
        - **High:** 3 with those of last year

        ## Known issues

        - **HIGH:** Host names in the code
        - **High:** Invented numbers in reports
        - **LOW:** No description of the API (planned for spring)

        ## Teknisk gjeld

        - [ ] **Høy:** Byggene tar en time
        - [x] **Lav:** Gamle ikoner

        ## Levels

        - **High:** this week
        - **Low:** this year
        """,
        [
            ("KI-001", "Host names in the code", H, OPEN),
            ("KI-002", "Invented numbers in reports", H, OPEN),
            ("KI-003", "No description of the API (planned for spring)", L, OPEN),
            ("TG-001", "Byggene tar en time", H, OPEN),
            ("TG-002", "Gamle ikoner", L, DONE),
        ],
    ),
    "labels in a language that is not known": (
        """\
        # Register

        ## \ud604\uc7ac

        - [P1] `Chart` \ud0c0\uc785 \uc2e4\ud328
          - \uc704\uce58: `src/Chart.tsx`
          - owner: TBD
        """,
        [("C-001", "`Chart` \ud0c0\uc785 \uc2e4\ud328", H, OPEN)],
    ),
}
TABLES = {
    "a title under a name that is not known": (
        """\
        # Deuda

        | # | Lo que falta | Detalle |
        |---|---|---|
        | B-01 | Nada fue probado | Sin plan real |
        | B-02 | ~~Falta el rol de lectura~~ listo | A mano, una vez |
        """,
        [("B-01", "Nada fue probado", None, OPEN), ("B-02", "Falta el rol de lectura", None, DONE)],
    ),
    "headings that begin like the keys": (
        """\
        # Dette

        ## P2 — Exercices

        | # | Dette | Suivi |
        |---|---|---|
        | P2-1 | Fichiers sans ligne en base | issue 72 |
        | ~~P2-2~~ | ~~Pas de tri~~ | fait |

        ## P3 — Plans

        | # | Dette | Suivi |
        |---|---|---|
        | ~~P2-1~~ / ~~P2-2~~ | Toujours les mêmes fichiers | issue 74 |
        """,
        [
            ("P2-1", "Fichiers sans ligne en base", None, OPEN),
            ("P2-2", "Pas de tri", None, DONE),
            ("PP-001", "Toujours les mêmes fichiers", None, OPEN),
        ],
    ),
}
SHAPES = {**HEADINGS, **LISTS, **TABLES}


@pytest.mark.parametrize(("text", "items"), SHAPES.values(), ids=SHAPES)
def test_items_are_read(text: str, items: list[tuple[str, str | None, Severity | None, Status]]) -> None:
    reading = read(dedent(text))
    assert reading.register is not None
    assert [(i.key, i.title, i.severity, i.status) for i in reading.register.items] == items


@pytest.mark.parametrize("text", [text for text, _ in SHAPES.values()], ids=SHAPES)
def test_each_item_can_be_mitigated_or_opened(text: str) -> None:
    document = dedent(text)
    register = read(document).register
    assert register is not None
    assert write(register, template=document) == document
    for item in register.items:
        changed = item._replace(status=DONE if item.status is OPEN else OPEN, status_note=None)
        items = tuple(changed if each is item else each for each in register.items)
        again = read(write(register._replace(items=items), template=document)).register
        assert again is not None
        assert [i.status for i in again.items] == [i.status for i in items]


def test_fields_of_list_entries_go_on_over_lines() -> None:
    text = dedent(LISTS["plain titles with fields below"][0])
    register = read(text).register
    assert register is not None
    first, second = register.items
    assert first.mitigation_plan == "keep them\n     where they are"
    assert second.components == ("`vault/`",)
    assert second.description == "keys are shared"


def test_a_list_of_components_is_several() -> None:
    text = """\
# Debt

## Handlers wait for old parameters

**Priority:** Low
**Affected files:**
- `api/plans.ts`
- `api/routes.ts` (partly)
"""
    register = read(text).register
    assert register is not None
    assert register.items[0].components == ("`api/plans.ts`", "`api/routes.ts` (partly)")


def test_plain_list_entries_get_a_bold_title_before_a_description() -> None:
    text = """\
# Debt

## High priority

- Old driver for the queue
- 51 warnings of the linter [P3]
"""
    register = read(text).register
    assert register is not None
    assert [item.title for item in register.items] == ["Old driver for the queue", "51 warnings of the linter"]
    items = tuple(item._replace(description="Nobody knows it.") for item in register.items)
    written = write(register._replace(items=items), template=text)
    assert written.splitlines()[4:] == [
        "- **Old driver for the queue** Nobody knows it.",
        "- **51 warnings of the linter** [P3] Nobody knows it.",
    ]


def test_a_status_changes_nothing_but_its_item_where_its_severity_is_not_that_of_its_section() -> None:
    text = """\
# Debt

## Critical

### Feature store without backups
- **Severity**: High
- **Effort**: L (two weeks)

## High

### Stale labels
- **Severity**: High
- **Effort**: Low
"""
    register = read(text).register
    assert register is not None
    first, second = register.items
    assert [item.effort for item in register.items] == [Effort.L, Effort.S]
    done = first._replace(status=DONE)
    written = write(register._replace(items=(done, second)), template=text)
    assert written == text.replace("weeks)\n", "weeks)\n- **Status**: Mitigated\n")
    larger = second._replace(effort=Effort.L)
    assert "- **Effort**: High\n" in write(register._replace(items=(first, larger)), template=text)


def test_an_impact_does_not_rate_what_its_heading_rates() -> None:
    text = """\
# Debt

## Critical debt

| Item | Location | Impact |
|---|---|---|
| Regex without a limit | Filter | Low |

## Debt

| ID | Item | Impact |
|---|---|---|
| A\u20111 | Old parser | Low |
"""
    register = read(text).register
    assert register is not None
    assert [(i.key, i.severity, i.extra) for i in register.items] == [
        ("TD-001", C, (("Impact", "Low"),)),
        ("A-1", L, ()),
    ]
