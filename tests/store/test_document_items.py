"""What is an item in registers as teams keep them, what it says, and what is none."""

from textwrap import dedent

import pytest

from store.enums import Severity, Status
from store.formats.document.reader import read

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


@pytest.mark.parametrize(("text", "items"), HEADINGS.values(), ids=HEADINGS)
def test_headings_say_what_their_items_are(
    text: str, items: list[tuple[str, str | None, Severity | None, Status]]
) -> None:
    reading = read(dedent(text))
    assert reading.register is not None
    assert [(i.key, i.title, i.severity, i.status) for i in reading.register.items] == items
