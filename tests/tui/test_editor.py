"""Long texts through a person's own editor: the file, its modes, failures that keep what was typed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.commands.items import edit_items
from store.db.database import Database
from store.fields import LONG_FIELDS, clean_text
from store.queries.items import item
from tests.program import PROGRAM, environment
from tests.terminal.harness import Terminal
from tui.editing.external_editor import EditorError, chosen_editor, edit_texts, from_file, to_file

TEXTS = {"description": "One.\n\nTwo.", "mitigation_plan": "", "status_note": "note"}

lines = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"))


def editor(folder: Path, body: str) -> str:
    """An editor made of Python lines, in which `file` is the file to edit."""
    script = folder / "an editor.py"
    script.write_text(
        f"import os, sys\nfrom pathlib import Path\nfile = Path(sys.argv[-1])\n{body}\n", encoding="utf-8"
    )
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} --wait"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go during the test."""
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    monkeypatch.delenv("EDITOR", raising=False)
    return kept


@given(st.fixed_dictionaries(dict.fromkeys(LONG_FIELDS, lines)))
def test_texts_come_back_as_they_went(texts: dict[str, str]) -> None:
    stored = {name: clean_text(name, text) for name, text in texts.items()}
    assert from_file(to_file(stored), LONG_FIELDS) == stored


@pytest.mark.parametrize("text", ["<!-- description: mine -->", "a\n<!-- status_note: x -->\nb", "<!-- x -->\n# Title"])
def test_a_text_that_looks_like_a_mark_is_refused_or_kept(text: str) -> None:
    found = from_file(to_file({**TEXTS, "description": text}), LONG_FIELDS)
    assert found is None or found == {**TEXTS, "description": text}


def test_the_file_says_which_text_is_which() -> None:
    shown = to_file(TEXTS)
    assert "<!-- description: Description; keep this line, edit below it -->\nOne.\n\nTwo.\n" in shown
    assert shown.count("keep this line") == 3


@pytest.mark.parametrize("broken", ["", "no marks at all", to_file(TEXTS) + to_file(TEXTS), to_file(TEXTS)[40:]])
def test_a_file_without_its_marks_is_not_understood(broken: str) -> None:
    assert from_file(broken, LONG_FIELDS) is None


def test_the_edited_texts_come_back(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "file.write_bytes(file.read_bytes().replace(b'Two.', b'Two and a half.').replace(b'\\n', b'\\r\\n'))"
    for empty in ("", " "):
        monkeypatch.setenv("VISUAL", empty)
        monkeypatch.setenv("EDITOR", "ed")
        assert chosen_editor() == "ed"
    monkeypatch.setenv("VISUAL", editor(tmp_path, body))
    monkeypatch.setenv("EDITOR", "false")
    assert edit_texts("EN-001", TEXTS) == {**TEXTS, "description": "One.\n\nTwo and a half."}
    assert list(folder.iterdir()) == []


def test_the_file_is_private(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "modes.json"
    body = (
        "import json\n"
        f"Path({str(out)!r}).write_text(json.dumps([file.stat().st_mode, file.parent.stat().st_mode, file.name]))"
    )
    monkeypatch.setenv("EDITOR", editor(tmp_path, body))
    monkeypatch.delenv("VISUAL", raising=False)
    old = os.umask(0)
    try:
        edit_texts("../EN 001", TEXTS)
    finally:
        os.umask(old)
    file_mode, folder_mode, name = json.loads(out.read_text(encoding="utf-8"))
    assert (stat.S_IMODE(file_mode), stat.S_IMODE(folder_mode)) == (0o600, 0o700)
    assert name == "___EN_001.md"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("file.write_text(file.read_text().replace('Two', 'Three')); sys.exit(3)", "ended with 3, nothing was changed"),
        ("file.write_text('all marks gone, Three')", "a line that names a text is missing, nothing was changed"),
        ("file.write_bytes(b'Three \\xff')", "the edited text cannot be read"),
    ],
)
def test_what_was_typed_is_kept_when_it_cannot_be_used(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, body))
    with pytest.raises(EditorError) as refused:
        edit_texts("EN-001", TEXTS)
    kept = Path(str(refused.value).rsplit("kept in ", 1)[1])
    assert said in str(refused.value)
    assert kept.is_relative_to(folder)
    assert b"Three" in kept.read_bytes()


def test_an_editor_that_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("/nowhere/ed", "unclosed 'quote"):
        monkeypatch.setenv("VISUAL", wrong)
        with pytest.raises(EditorError, match=r"did not start .*set \$VISUAL or \$EDITOR"):
            edit_texts("EN-001", TEXTS)
    assert list(folder.iterdir()) == []


def stored(path: Path) -> str:
    """The stored description of EN-001."""
    with Database.open(path) as database, database.read() as session:
        return item(session, "EN-001").description


def test_the_screen_steps_aside_for_the_editor(sample: Path, tmp_path: Path) -> None:
    body = "print('EDITING', flush=True); input()\nfile.write_text(file.read_text().replace('Several', 'Nearly all'))"
    env = environment(tmp_path, TERM="xterm-256color", VISUAL=editor(tmp_path, body))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 30)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("j", "j")
        terminal.wait_for("3 of 15")
        terminal.wait_for("Several recommendation")
        terminal.press("E")
        terminal.wait_for("EDITING")
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
        terminal.press("Enter")
        terminal.wait_for("Nearly all recommendation")
        terminal.wait_for("EN-001")
        assert terminal.raw.rfind(b"\x1b[?1049h") > terminal.raw.rfind(b"EDITING")
        terminal.press("u")
        terminal.wait_for("Several recommendation")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert stored(sample).startswith("Several")


def test_the_keys_that_interrupt_are_the_editor_s_own(sample: Path, tmp_path: Path) -> None:
    body = "\n".join(
        (
            "import signal",
            # Blocked signals wait for `sigwait`; a handler could run between the line shown and the read after it.
            "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGQUIT})",
            "print('EDITING', flush=True)",
            "print(signal.sigwait({signal.SIGQUIT}).name, 'TAKEN', flush=True)",
            "print(signal.sigwait({signal.SIGINT}).name, 'TAKEN', flush=True)",
            "input()",
            "file.write_text(file.read_text().replace('Several', 'Nearly all'))",
        )
    )
    env = environment(tmp_path, TERM="xterm-256color", VISUAL=editor(tmp_path, body))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 30)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("j", "j")
        terminal.wait_for("Several recommendation")
        terminal.press("E")
        terminal.wait_for("EDITING")
        terminal.send("\x1c")
        terminal.wait_for("SIGQUIT TAKEN")
        terminal.press("ctrl+c")
        terminal.wait_for("SIGINT TAKEN")
        terminal.press("Enter")
        terminal.wait_for("Nearly all recommendation")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert stored(sample).startswith("Nearly all")


def test_an_editor_that_is_interrupted_leaves_the_dashboard_there(sample: Path, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM="xterm-256color", VISUAL="ed1", TMPDIR=str(tmp_path))
    script = tmp_path / "ed1"
    script.write_text("#!/bin/sh\necho EDITING\nexec sleep 999\n", encoding="utf-8")
    script.chmod(0o700)
    env["PATH"] = os.pathsep.join((str(tmp_path), env["PATH"]))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 30)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("E")
        terminal.wait_for("EDITING")
        terminal.press("ctrl+c")
        terminal.wait_for("nothing was changed")
        terminal.wait_for("1 of 15")
        terminal.signal(signal.SIGINT)
        assert terminal.wait_exit() == 130


def test_a_failing_editor_changes_nothing_and_the_screen_comes_back(sample: Path, tmp_path: Path) -> None:
    # A short name, so that the sentence on the screen breaks behind it.
    script = tmp_path / "ed1"
    script.write_text('#!/bin/sh\nsed -i s/Several/No/ "$1"\nexit 1\n', encoding="utf-8")
    script.chmod(0o700)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    env = environment(tmp_path, TERM="xterm-256color", VISUAL="ed1", PATH=path, TMPDIR=str(tmp_path))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 30)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("j", "j")
        terminal.wait_for("Several recommendation")
        terminal.press("E")
        terminal.wait_for("ed1 ended with 1, nothing was changed")
        terminal.wait_for("Several recommendation")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert stored(sample).startswith("Several")
    assert "No recommendation" in next(tmp_path.glob("ai-debt-*/EN-001.md")).read_text(encoding="utf-8")


def test_what_bo_wrote_while_i_was_in_the_editor_is_asked_about(sample: Path, tmp_path: Path) -> None:
    body = "print('EDITING', flush=True); input()\nfile.write_text(file.read_text().replace('Several', 'Nearly all'))"
    env = environment(tmp_path, TERM="xterm-256color", VISUAL=editor(tmp_path, body))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 40)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("j", "j")
        terminal.wait_for("Several recommendation")
        terminal.press("E")
        terminal.wait_for("EDITING")
        with Database.open(sample, actor="bo") as bo:
            edit_items(bo, ("EN-001",), {"description": "Only this.", "owner": "Search"})
        terminal.press("Enter")
        terminal.wait_for("bo: Only this.")
        terminal.wait_for("mine: Nearly all recommendation")
        terminal.press("Esc")
        terminal.wait_gone("bo: Only this.")
        terminal.wait_for("ctrl+s save")
        terminal.wait_for("Nearly all recommendation")
        assert stored(sample) == "Only this."
        terminal.press("ctrl+s")
        terminal.wait_for("bo: Only this.")
        terminal.press("m", "Enter")
        terminal.wait_for("Changed description of EN-001")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert stored(sample).startswith("Nearly all")


def test_a_link_that_is_none_continues_in_a_form(sample: Path, tmp_path: Path) -> None:
    body = "file.write_text(file.read_text() + 'see the wiki\\n')"
    env = environment(tmp_path, TERM="xterm-256color", VISUAL=editor(tmp_path, body))
    with Terminal([*PROGRAM, "--db", str(sample)], env=env, cwd=tmp_path, size=(100, 40)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.press("E")
        terminal.wait_for("'see the wiki' has no http or https link")
        terminal.press("Esc")
        terminal.wait_for("Leave without saving")
        terminal.press("y")
        terminal.wait_gone("Leave without saving")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    with Database.open(sample) as db, db.read() as reader:
        assert item(reader, "BE-001").links is None
