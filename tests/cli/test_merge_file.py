"""`ai-debt merge-file`: what it writes and the exit codes that git asks of a merge driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.formats.document import document_merge
from store.samples import sample_text

if TYPE_CHECKING:
    from tests.cli.door import Door, Said

TEXT = sample_text()
OURS = TEXT.replace("| High | MDL-REC, MDL-QUAL |", "| Low | MDL-REC, MDL-QUAL |")
OURS = OURS.replace("style EN002 fill:#ff9999", "style EN002 fill:#ffcc99")
THEIRS = TEXT.replace("| High | MDL-REC, MDL-QUAL |", "| High | MDL-REC |")
OTHER = TEXT.replace("| High | MDL-REC, MDL-QUAL |", "| Medium | MDL-REC, MDL-QUAL |")


def merge(door: Door, base: bytes | str, ours: bytes | str, theirs: bytes | str, *options: str) -> Said:
    """Merge three texts that are in files of these names."""
    for name, content in (("base", base), ("ours", ours), ("theirs", theirs)):
        (door.home / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return door("merge-file", *options, "base", "ours", "theirs")


def test_a_clean_merge_is_written_into_ours(bare: Door) -> None:
    path = bare.home / "ours"
    path.touch(0o640)
    said = merge(bare, TEXT, OURS, THEIRS)
    assert (said.code, said.raw, said.err) == (0, b"", "")
    assert path.read_text(encoding="utf-8") == OURS.replace("MDL-REC, MDL-QUAL |", "MDL-REC |")
    assert path.stat().st_mode & 0o777 == 0o640
    assert (bare.home / "theirs").read_text(encoding="utf-8") == THEIRS
    assert not bare.database.exists()


def test_conflicts_are_exit_code_1_and_marked_as_long_as_git_asks(bare: Door) -> None:
    said = merge(bare, TEXT, OURS, OTHER, "--marker-size", "11", "--path", "docs/debt.md")
    assert (said.code, said.err) == (1, "docs/debt.md: 1 conflict to resolve\n")
    text = (bare.home / "ours").read_text(encoding="utf-8")
    assert "\n<<<<<<<<<<< ours\n| EN-002 " in text
    assert "\n>>>>>>>>>>> theirs\n| EN-003 " in text


def test_the_result_can_be_printed(bare: Door) -> None:
    said = merge(bare, TEXT, OURS, THEIRS, "-p")
    assert said.code == 0
    assert said.out == OURS.replace("MDL-REC, MDL-QUAL |", "MDL-REC |")
    assert (bare.home / "ours").read_text(encoding="utf-8") == OURS


def test_a_version_that_is_no_register_is_named(bare: Door) -> None:
    said = merge(bare, TEXT, OURS, TEXT + "\n<<<<<<< ours\n")
    assert said.code == 0
    assert said.err == "ours was merged by lines: their version, line 136: this is a merge conflict marker\n"
    assert (bare.home / "ours").read_text(encoding="utf-8") == OURS + "\n<<<<<<< ours\n"


def test_bytes_that_are_no_text_of_ours_are_kept(bare: Door) -> None:
    said = merge(bare, b"a\nb\n", b"\xe4\nb\n", b"a\nb\n\xfc\n")
    assert (said.code, said.err) == (0, "ours was merged by lines\n")
    assert (bare.home / "ours").read_bytes() == b"\xe4\nb\n\xfc\n"
    said = merge(bare, b"a\0", b"b\0", b"c\0")
    assert (said.code, said.err) == (1, "ai-debt: ours is not text, so ours stays unchanged\n")
    assert (bare.home / "ours").read_bytes() == b"b\0"


def test_two_people_who_add_a_document_each_add_their_items(bare: Door) -> None:
    row = next(line for line in TEXT.splitlines(keepends=True) if line.startswith("| MS-001 "))
    said = merge(bare, "", TEXT.replace(row, row + row.replace("MS-001", "MS-002")), TEXT)
    assert said.code == 0, said.err
    assert "| MS-002 |" in (bare.home / "ours").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [["--marker-size", "0"], ["--marker-size", "many"]], ids=" ".join)
def test_nothing_merged_is_above_128(bare: Door, options: list[str]) -> None:
    said = merge(bare, TEXT, OURS, THEIRS, *options)
    assert (said.code, said.raw) == (255, b"")
    assert "is not the length of a marker" in said.err
    assert (bare.home / "ours").read_text(encoding="utf-8") == OURS


def test_a_missing_version_is_above_128(bare: Door) -> None:
    said = bare("merge-file", "base", "ours", "theirs")
    assert said.code == 255
    assert "ours was not merged" in said.err


def test_a_failure_of_ours_is_above_128(bare: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError("no such thing")

    monkeypatch.setattr(document_merge, "merge_documents", fail)
    said = merge(bare, TEXT, OURS, THEIRS)
    assert said.code == 255
    assert "internal error" in said.err
    assert (bare.home / "ours").read_text(encoding="utf-8") == OURS


def test_usage_is_exit_code_2(bare: Door) -> None:
    assert bare("merge-file", "base", "ours").code == 2
