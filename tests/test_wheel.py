"""The wheel, installed into a separate environment, contains everything the program needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from store.samples import sample_text
from tests.program import PATIENCE, ROOT

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "store", "tui", "migrations")


def call(*command: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its good end, without any variable that leads back to this source tree or directs pip."""
    ours = ("PYTHON", "PIP_", "AI_DEBT", "COV_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**env, "HOME": str(cwd), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources with the build backend that is already here."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place / "dist", cwd=source)
    (built,) = (place / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that holds the wheel and sees the dependencies of this one."""
    fresh = tmp_path_factory.mktemp("fresh")
    venv.create(fresh, with_pip=False, symlinks=True)
    python = fresh / "bin" / "python"
    call(
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python),
        *("install", "--quiet", "--no-deps", "--no-index", wheel),
        cwd=fresh,
    )
    # Last on the path, and as a plain folder, so that no editable install of these sources is followed from there.
    (packages,) = fresh.glob("lib/python*/site-packages")
    late = f"import sys; sys.path.extend({[sysconfig.get_path('purelib'), sysconfig.get_path('platlib')]!r})\n"
    (packages / "dependencies.pth").write_text(late, encoding="utf-8")
    return python.parent


def test_the_wheel_carries_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = [path for pattern in ("tui/**/*.tcss", "migrations/versions/*.py") for path in ROOT.glob(pattern)]
    assert {path.suffix for path in data} == {".py", ".tcss"}
    expected = {str(path.relative_to(ROOT)) for path in data} | {
        "store/filters/grammar.lark",
        "store/samples/ai-debt-register.md",
        "migrations/env.py",
        "tui/report/report.css",
        "tui/report/report.html.jinja",
    }
    assert expected <= names
    assert not any(name.startswith(("tests/", "docs/", "benchmarks/")) for name in names)


def test_the_fresh_environment_runs_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import store, tui, migrations; print(store.__file__, tui.__file__, migrations.__file__, sep='\\n')"
    files = call(installed / "python", "-c", code, cwd=tmp_path).stdout.decode().splitlines()
    assert len(files) == 3
    assert all(Path(file).is_relative_to(installed.parent) for file in files)


def test_a_document_goes_in_and_comes_out_the_same(installed: Path, tmp_path: Path) -> None:
    place = tmp_path / "empty"
    place.mkdir()
    document = tmp_path / "debt.md"
    document.write_bytes(sample_text().encode())
    program = installed / "ai-debt"
    assert b"demo" in call(program, "demo", "--help", cwd=place).stdout
    assert list(place.iterdir()) == []
    call(program, "--db", "x.db", "import", document, "--yes", cwd=place)
    assert [path.name for path in place.iterdir()] == ["x.db"]
    assert call(program, "--db", "x.db", "export", cwd=place).stdout == sample_text().encode()
    call(program, "--db", "x.db", "report", "--html", "report.html", cwd=place)
    assert "What to fix first" in (place / "report.html").read_text(encoding="utf-8")
