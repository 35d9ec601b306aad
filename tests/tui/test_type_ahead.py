"""Typing faster than the screen: what is typed after a key that asks something is for the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.enums import Status
from tests.tui.screen import seat
from tests.tui.test_threads import held

if TYPE_CHECKING:
    from pathlib import Path

TYPED = "fix me do"


@pytest.mark.parametrize(
    ("keys", "field"), [("c", ""), ("w", ""), ("e", ""), ("l", ""), ("/", ""), ("n", "BE"), ("in", ""), ("Cn", "")]
)
async def test_what_is_typed_ahead_goes_into_the_field_and_runs_no_command(sample: Path, keys: str, field: str) -> None:
    async with seat(sample) as ana:
        ana.send(*keys, *TYPED)
        await ana.settle()
        assert ana.field == field + TYPED
        assert ana.summary().total.counts.open == 11


async def test_what_is_taken_back_while_typing_is_what_stood_there_then(sample: Path) -> None:
    async with seat(sample) as ana:
        ana.send("w", *"mobx", "backspace", *" tean", "backspace", "m", "home", "delete", "delete", "B")
        await ana.settle()
        assert ana.field == "Bb team"
        await ana.press("escape", "y", "c")
        ana.send(*"so far", "ctrl+u", *"all", "left", "backspace", "i")
        await ana.settle()
        assert ana.field == "ail"


async def test_typing_waits_for_a_slow_store(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat(sample) as ana:
        with held(monkeypatch, "item") as gate:
            ana.send("w", *"mop")
            await ana.calm()
            await gate.arrival()
            ana.send(*" team")
            await ana.calm()
        await ana.settle()
        assert ana.field == "mop team"
        assert ana.item("BE-001").status is Status.OPEN


async def test_keys_typed_while_a_form_is_saved_are_for_the_dashboard(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(sample) as ana:
        await ana.press("w")
        await ana.type("mop")
        with held(monkeypatch, "summary") as gate:
            ana.send("enter")
            await ana.calm()
            await gate.arrival()
            ana.send("j", "p")
            await ana.calm()
        await ana.settle()
        assert ana.item("BE-001").owner == "mop"
        assert ana.item("BE-002").status is Status.IN_PROGRESS


async def test_the_answer_to_a_question_can_be_typed_with_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("w")
        await ana.type("x")
        for keys in ("escape", "y"), ("j",), ("D", "y"), ("s", "l"):
            ana.send(*keys)
            await ana.settle()
        assert "BE-002" not in ana.stored_keys()
        assert ana.item("BE-001").owner is None
        assert ana.item("EN-001").severity.value == "Low"


async def test_what_is_typed_ahead_of_a_refusal_acts_afterwards(sample: Path) -> None:
    async with seat(sample) as ana:
        ana.send("d", "j", "m")
        await ana.settle()
        assert ana.item("BE-002").status is Status.MITIGATED
        assert ana.item("BE-001").status is Status.OPEN
