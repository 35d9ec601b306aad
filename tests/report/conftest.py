"""What the tests of reports start from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.db.database import Database
from tests.report.scenario import NOW, live

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with a year of history; to be copied, not written to."""
    path = tmp_path_factory.mktemp("lived") / "register.db"
    live(path)
    return path


@pytest.fixture
def db(lived: Path, tmp_path: Path) -> Iterator[Database]:
    """A copy of it, read on the day of the report."""
    path = Path(shutil.copy(lived, tmp_path / "register.db"))
    with Database.open(path, clock=lambda: NOW, actor="ana") as opened:
        yield opened
