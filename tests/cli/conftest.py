"""What the tests of the command line start from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.cli.door import Door

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Door:
    """`ai-debt` without any register yet."""
    return Door(tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def initialized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database on a new register without items; to be copied, not written to."""
    home = tmp_path_factory.mktemp("initialized")
    with pytest.MonkeyPatch.context() as patch:
        Door(home, patch).done("init", "--system", "Search")
    return home / "register.db"


@pytest.fixture
def begun(initialized: Path, bare: Door) -> Door:
    """`ai-debt` on a new register without items."""
    shutil.copy(initialized, bare.database)
    return bare


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample document and a database that was imported from it; to be copied, not written to."""
    home = tmp_path_factory.mktemp("imported")
    (home / SAMPLE_NAME).write_bytes(sample_text().encode())
    with pytest.MonkeyPatch.context() as patch:
        Door(home, patch).done("import", SAMPLE_NAME, "--yes")
    return home


@pytest.fixture
def sample(imported: Path, bare: Door) -> Door:
    """`ai-debt` on the sample register, with the document next to it."""
    for name in ("register.db", SAMPLE_NAME):
        (bare.home / name).write_bytes((imported / name).read_bytes())
    return bare
