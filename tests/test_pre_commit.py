"""The hooks that the project offers, run by pre-commit itself in a repository of documents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.program import ROOT
from tests.repository import Repository

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

HOOKS = ".pre-commit-hooks.yaml"
BROKEN = sample_text().replace("| Entanglement | 3 |", "| Entanglement | 4 |")
CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: {hook}
        language: system
        args: [--ignore, wrong-color]
"""
"""The environment of the hook is the one that is there: `language: python` would install the project from an index."""


@pytest.fixture
def hooked(tmp_path: Path) -> Callable[[str], Repository]:
    """A repository with the sample register, a text that is none, and one of the hooks of this project."""
    revision = Repository(tmp_path / "hooks", tmp_path).commit(**{HOOKS: (ROOT / HOOKS).read_text(encoding="utf-8")})

    def with_hook(hook: str) -> Repository:
        made = Repository(tmp_path / "documents", tmp_path)
        config = CONFIG.format(repository=tmp_path / "hooks", revision=revision, hook=hook)
        made.commit(**{".pre-commit-config.yaml": config, SAMPLE_NAME: sample_text(), "README.md": "| ID |\n"})
        return made

    return with_hook


def pre_commit(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return repository.run(str(Path(sys.executable).with_name("pre-commit")), *arguments)


def test_the_hook_checks_registers_and_nothing_else(hooked: Callable[[str], Repository]) -> None:
    repository = hooked("ai-debt-lint")
    done = pre_commit(repository, "run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert "check the AI debt register" in done.stdout
    assert "Passed" in done.stdout
    repository.commit(**{SAMPLE_NAME: BROKEN})
    done = pre_commit(repository, "run", "--all-files")
    assert done.returncode == 1
    assert "exit code: 3" in done.stdout
    assert f"{SAMPLE_NAME}:86: warning: the dashboard says 4 Open for Entanglement" in done.stdout
    assert repository.read(SAMPLE_NAME) == BROKEN


def test_a_commit_with_findings_is_stopped(hooked: Callable[[str], Repository]) -> None:
    repository = hooked("ai-debt-lint")
    assert pre_commit(repository, "install").returncode == 0
    (repository.place / SAMPLE_NAME).write_text(BROKEN, encoding="utf-8")
    assert repository.run("git", "commit", "-am", "Count").returncode == 1
    (repository.place / SAMPLE_NAME).write_text(sample_text().replace("| Low |", "| Medium |"), encoding="utf-8")
    assert repository.run("git", "commit", "--allow-empty", "-am", "Raise").returncode == 0


def test_the_fixing_hook_corrects_the_file(hooked: Callable[[str], Repository]) -> None:
    repository = hooked("ai-debt-lint-fix")
    repository.commit(**{SAMPLE_NAME: BROKEN})
    done = pre_commit(repository, "run", "--all-files")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert f"{SAMPLE_NAME}:86: fixed: the dashboard says 4 Open for Entanglement" in done.stdout
    assert repository.read(SAMPLE_NAME) == sample_text()
    assert pre_commit(repository, "run", "--all-files").returncode == 0
