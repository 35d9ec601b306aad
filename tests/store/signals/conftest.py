"""What the tests of signals in a register start from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.verify import verify
from store.db.database import Database
from tests.store.policies import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def db(sample_copy: Path, calendar: Calendar) -> Iterator[Database]:
    """The sample, a day old, with a clock that is moved."""
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened
        assert verify(opened) == ()
