"""Documents in git: branches merged and compared by git itself, with `ai-debt` as its driver and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.samples import sample_text
from tests.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

NAME = "docs/my register.md"
TEXT = sample_text()
START, MIDDLE, END = "<<<<<<< ours", "=======", ">>>>>>> theirs"


def row(key: str, text: str = TEXT) -> str:
    """The line of an item's row."""
    return next(line for line in text.splitlines(keepends=True) if line.startswith(f"| {key} "))


def edited(key: str, old: str, new: str, text: str = TEXT) -> str:
    """A text with one place in an item's row changed."""
    line = row(key, text)
    assert line.count(old) == 1
    return text.replace(line, line.replace(old, new))


def added(after: str, *keys: str, text: str = TEXT) -> str:
    """A text with new rows after that of an item."""
    line = row(after, text)
    return text.replace(line, line + "".join(f"| {key} | New {key} | Low | Amber | Wait | Open |\n" for key in keys))


def without(key: str, text: str = TEXT) -> str:
    """A text without the row of an item."""
    return text.replace(row(key, text), "")


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    """A repository with the sample, where git merges lines."""
    repository = Repository(tmp_path / "team's repo", tmp_path)
    repository.commit(**{NAME: TEXT})
    return repository


@pytest.fixture
def repository(plain: Repository) -> Repository:
    """A repository with the sample, where git uses `ai-debt`."""
    done = plain.run("ai-debt", "git-setup", NAME, "--yes")
    assert done.returncode == 0, done.stdout
    plain.commit()
    return plain


def branch(repository: Repository, name: str, content: str | bytes) -> None:
    """Commit a version of the document in a new branch of main."""
    repository.git("checkout", "--quiet", "-b", name, "main")
    repository.commit(**{NAME: content})


def merge(repository: Repository, ours: str | bytes, theirs: str | bytes) -> tuple[int, str]:
    """Merge two versions of the document: the exit code of git, and the resulting file."""
    branch(repository, "theirs", theirs)
    branch(repository, "ours", ours)
    done = repository.run("git", "merge", "--no-edit", "theirs")
    return done.returncode, repository.read(NAME)


def conflicts(text: str) -> list[tuple[list[str], list[str]]]:
    """The lines of both sides of every conflict in a text."""
    found: list[tuple[list[str], list[str]]] = []
    side = -1
    for line in text.splitlines():
        if line == START:
            found.append(([], []))
            side = 0
        elif line == MIDDLE and side == 0:
            side = 1
        elif line == END:
            side = -1
        elif side >= 0:
            found[-1][side].append(line)
    return found


def lint(repository: Repository) -> str:
    return repository.run("ai-debt", "lint", NAME, "--ignore", "wrong-color").stdout


STATUS = edited("EN-001", " Open |", " Mitigated (pinned) |")
SEVERITY = edited("EN-001", " High |", " Medium |")


def test_fields_of_one_row_merge_where_git_alone_sees_a_conflict(plain: Repository) -> None:
    code, text = merge(plain, STATUS, SEVERITY)
    assert code == 1
    assert "<<<<<<<" in text
    plain.git("merge", "--abort")
    plain.run("ai-debt", "git-setup", NAME, "--yes")
    assert plain.run("git", "merge", "--no-edit", "theirs").returncode == 0
    wanted = edited("EN-001", " High |", " Medium |", STATUS)
    assert row("EN-001", plain.read(NAME)) == row("EN-001", wanted)
    assert lint(plain) == "No problems in 1 file.\n"


def test_the_same_field_is_marked_in_its_row_alone(repository: Repository) -> None:
    theirs = edited("EN-001", " High |", " Medium |", edited("EN-001", " Open |", " In Progress |"))
    code, text = merge(repository, STATUS, edited("PD-001", " Open |", " Mitigated |", theirs))
    assert code == 1
    ours = edited("EN-001", " High |", " Medium |", STATUS)
    assert conflicts(text) == [([row("EN-001", ours).strip()], [row("EN-001", theirs).strip()])]
    assert " Mitigated |" in row("PD-001", text)
    assert "UU" in repository.git("status", "--short")


def test_rows_added_at_one_place_are_both_there(repository: Repository) -> None:
    code, text = merge(repository, added("EN-003", "EN-004", "EN-006"), added("EN-003", "EN-005"))
    assert code == 0
    place = text.index(row("EN-003"))
    keys = [line[2:8] for line in text[place:].splitlines()[:5]]
    assert keys == ["EN-003", "EN-004", "EN-006", "EN-005", ""]
    assert "| Entanglement | 6 | 0 | 6 |" in text
    assert lint(repository) == "No problems in 1 file.\n"


def test_one_key_given_to_two_items_is_marked(repository: Repository) -> None:
    other = added("EN-003", "EN-004").replace("New EN-004", "Another thing")
    code, text = merge(repository, added("EN-003", "EN-004"), other)
    assert code == 1
    ((ours, theirs),) = conflicts(text)
    assert (ours, theirs) == ([row("EN-004", added("EN-003", "EN-004")).strip()], [row("EN-004", other).strip()])


@pytest.mark.parametrize("mine", [True, False], ids=["removed here", "removed there"])
def test_what_one_removes_and_the_other_edits_is_marked(repository: Repository, *, mine: bool) -> None:
    gone, kept = without("BE-002"), edited("BE-002", " Medium |", " High |")
    code, text = merge(repository, *((gone, kept) if mine else (kept, gone)))
    assert code == 1
    sides = [[], [row("BE-002", kept).strip()]]
    assert conflicts(text) == [tuple(sides if mine else reversed(sides))]


def test_what_one_removes_and_nobody_edits_goes(repository: Repository) -> None:
    code, text = merge(repository, without("BE-002"), edited("BE-001", " Open |", " Accepted |"))
    assert code == 0
    assert "BE-002" not in text
    assert "| Boundary Erosion | 0 | 0 | 1 |" in text


def test_numbers_colors_and_dates_follow_from_both_sides(repository: Repository) -> None:
    sides = []
    for key, date in (("EN-001", "2026-03-01"), ("EN-002", "2026-03-09")):
        side = edited(key, " Open |", " Mitigated |").replace("2026-02-17", date)
        side = side.replace("| Entanglement | 3 | 0 | 3 |", "| Entanglement | 2 | 1 | 3 |")
        side = side.replace("| **11** | **4** | **15** |", "| **10** | **5** | **15** |")
        node = key.replace("-", "")
        sides.append(side.replace(f"style {node} fill:#ff9999", f"style {node} fill:#ffcc99"))
    code, text = merge(repository, *sides)
    assert code == 0
    for line in (
        "> **Last Updated:** 2026-03-09",
        "| Entanglement | 1 | 2 | 3 |",
        "| **Total** | **9** | **6** | **15** |",
        "    style EN001 fill:#ffcc99",
        "    style EN002 fill:#ffcc99",
    ):
        assert f"\n{line}\n" in text
    # What disagreed before stays unchanged.
    assert "    style FL001 fill:#ff9999\n" in text


def test_text_around_the_tables_is_merged_by_lines(repository: Repository) -> None:
    ours = STATUS.replace("## Debt Categories\n", "## Debt Categories\n\nOurs: see the wiki.\n")
    theirs = SEVERITY.replace("## Review Cadence\n", "## Review Cadence\n\nTheirs: on Mondays.\n")
    code, text = merge(repository, ours, theirs)
    assert code == 0
    assert "## Debt Categories\n\nOurs: see the wiki.\n" in text
    assert "## Review Cadence\n\nTheirs: on Mondays.\n" in text


def test_text_that_both_changed_is_marked_and_the_rest_is_merged(repository: Repository) -> None:
    ours = STATUS.replace("## Debt Categories\n", "## Debt Categories\n\nOurs.\n")
    theirs = SEVERITY.replace("## Debt Categories\n", "## Debt Categories\n\nTheirs.\n")
    code, text = merge(repository, ours, theirs)
    assert code == 1
    assert conflicts(text) == [(["Ours."], ["Theirs."])]
    assert row("EN-001", text) == row("EN-001", edited("EN-001", " High |", " Medium |", STATUS))


def test_categories_dependencies_and_columns_of_both_sides(repository: Repository) -> None:
    heading = "## Debt Summary Dashboard\n"
    columns = "| ID | Severity | Status | Owner |\n|---|---|---|---|\n"
    edge, style, node = "    FL003 -->", "    style MS001 fill:#ffcc99\n", '        MS001["'
    ours = TEXT.replace(heading, f"### Ours\n\n*New.*\n\n{columns}| OU-1 | Low | Open | Ann |\n\n{heading}")
    ours = ours.replace(edge, '    PD002 -->|"hides"| CD001\n' + edge)
    ours = ours.replace(style, style + "    style OU1 fill:#ffcc99\n")
    ours = ours.replace(node, '        OU1["OU-1<br/>Of ours"]\n' + node)
    theirs = TEXT.replace(heading, f"### Theirs\n\n*New.*\n\n{columns}| TH-1 | Low | Open | Bo |\n\n{heading}")
    theirs = theirs.replace(edge, '    TH1["TH-1<br/>Of theirs"] --> EN001\n' + edge)
    code, text = merge(repository, ours, theirs.replace("dead jobs mask", "conceals"))
    assert (code, conflicts(text)) == (0, [])
    for part in ("| OU-1 | Low | Open | Ann |", "| TH-1 | Low | Open | Bo |", '|"hides"| CD001', '|"conceals"| DD001'):
        assert part in text
    assert lint(repository) == "No problems in 1 file.\n"


def test_documents_with_carriage_returns_keep_them(repository: Repository) -> None:
    repository.git("config", "core.autocrlf", "false")
    repository.git("checkout", "--quiet", "main")
    repository.commit(**{NAME: TEXT.replace("\n", "\r\n")})
    code, text = merge(repository, STATUS.replace("\n", "\r\n"), SEVERITY.replace("\n", "\r\n"))
    assert code == 0
    assert row("EN-001", text) == row("EN-001", edited("EN-001", " High |", " Medium |", STATUS)).replace("\n", "\r\n")
    assert text.count("\n") == text.count("\r\n")


def test_a_version_that_is_no_register_is_merged_by_lines(repository: Repository) -> None:
    broken = edited("CD-002", "CD-002", "CD-001")
    code, text = merge(repository, STATUS, broken)
    assert code == 0
    assert text == edited("CD-002", "CD-002", "CD-001", STATUS)
    repository.git("checkout", "--quiet", "main")
    repository.git("branch", "-D", "ours", "theirs")
    code, text = merge(repository, STATUS, edited("EN-001", "EN-001", "EN-002"))
    assert code == 1
    ((ours, theirs),) = conflicts(text)
    assert (ours, theirs) == ([row("EN-001", STATUS).strip()], [row("EN-001").strip().replace("EN-001", "EN-002", 1)])


def test_a_document_that_both_branches_added_is_merged_by_items(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "new", tmp_path)
    repository.commit(**{"README.md": "New.\n", "docs/other.md": TEXT})
    assert repository.run("ai-debt", "git-setup", "docs/other.md", "--yes").returncode == 0
    (repository.place / ".gitattributes").write_text("*.md merge=ai-debt\n", encoding="utf-8")
    repository.commit()
    code, text = merge(repository, added("EN-003", "EN-004"), added("EN-003", "EN-005"))
    assert code == 0
    assert "| EN-004 |" in text
    assert "| EN-005 |" in text


def test_a_rebase_carries_edits_over(repository: Repository) -> None:
    branch(repository, "side", SEVERITY)
    repository.git("checkout", "--quiet", "main")
    repository.commit(**{NAME: STATUS})
    repository.git("rebase", "--quiet", "main", "side")
    assert row("EN-001", repository.read(NAME)) == row("EN-001", edited("EN-001", " High |", " Medium |", STATUS))


def test_a_driver_that_fails_stops_the_merge(repository: Repository) -> None:
    repository.git("config", "merge.ai-debt.driver", "ai-debt merge-file --marker-size=x %O %A %B")
    code, text = merge(repository, STATUS, SEVERITY)
    assert code != 0
    assert "<<<<<<<" not in text


def test_git_shows_in_words_what_changed(repository: Repository) -> None:
    branch(repository, "side", edited("PD-001", " Open |", " In Progress |", SEVERITY))
    shown = repository.git("diff", "main", "side")
    assert shown.splitlines() == [
        f"diff {NAME}",
        "Set the severity of EN-001 from High to Medium.",
        "Set the status of PD-001 from Open to In Progress.",
    ]
    assert "Set the severity of EN-001" in repository.git("log", "-p", "--ext-diff", "-1")
    assert "@@" in repository.git("diff", "--no-ext-diff", "main", "side")
    repository.git("mv", NAME, "docs/debt.md")
    repository.commit(**{".gitattributes": "*.md diff=ai-debt\n", "docs/debt.md": TEXT})
    shown = repository.git("diff", "-M", "HEAD~", "HEAD", "--", "docs")
    assert shown.splitlines()[0] == f"diff {NAME} docs/debt.md"
    assert "Set the severity of EN-001 from Medium to High." in shown
    shown = repository.git("diff", "--no-renames", "HEAD~", "HEAD", "--", "docs")
    assert "Added a register with 7 categories, 15 items and 7 dependencies." in shown
    assert "Removed a register with 7 categories, 15 items and 7 dependencies." in shown


def test_git_shows_what_cannot_be_read_as_lines(repository: Repository) -> None:
    (repository.place / NAME).write_text(edited("EN-001", "EN-001", "EN-002"), encoding="utf-8")
    shown = repository.git("diff")
    assert "EN-002 appears twice, on lines 32 and 33, so its lines are compared" in shown
    assert "\n-| EN-001 |" in shown
    (repository.place / NAME).write_bytes(b"\0")
    assert "there is a NUL byte" in repository.git("diff")


def test_setting_up_shows_what_it_writes_and_asks(plain: Repository) -> None:
    (plain.place / ".gitattributes").write_bytes(b"*.png binary")
    before = plain.git("config", "--list")
    shown = plain.run("ai-debt", "git-setup", "my register.md", "--dry-run", cwd="docs")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[-1] == '.gitattributes: "/docs/my register.md" merge=ai-debt diff=ai-debt'
    assert "git config merge.ai-debt.driver '" in shown.stdout
    asked = plain.run("ai-debt", "git-setup", NAME)
    assert (asked.returncode, "add --yes" in asked.stdout) == (2, True)
    assert plain.git("config", "--list") == before
    assert plain.read(".gitattributes") == "*.png binary"
    done = plain.run("ai-debt", "git-setup", "my register.md", "-y", cwd="docs")
    assert done.stdout.endswith("Git is set up. Commit .gitattributes to share this.\n")
    assert plain.read(".gitattributes") == '*.png binary\n"/docs/my register.md" merge=ai-debt diff=ai-debt\n'
    again = plain.run("ai-debt", "git-setup", NAME)
    assert (again.returncode, again.stdout) == (0, "Git is already set up.\n")


def test_names_that_mean_more_in_patterns_are_escaped(plain: Repository) -> None:
    names = ("a[b]*.md", 'q"uote.md', "#hash.md", "back\\slash.md")
    plain.commit(**dict.fromkeys(names, TEXT), **{"ab.md": TEXT})
    assert plain.run("ai-debt", "git-setup", *names, "--yes").returncode == 0
    assert plain.run("ai-debt", "git-setup", *names).stdout == "Git is already set up.\n"
    assert plain.git("check-attr", "merge", "--", "ab.md").endswith("unspecified")


@pytest.mark.parametrize("name", ["missing.md", "../outside.md"])
def test_what_is_no_document_of_the_repository_is_refused(plain: Repository, name: str) -> None:
    (plain.place.parent / "outside.md").write_text(TEXT, encoding="utf-8")
    done = plain.run("ai-debt", "git-setup", name, "--yes")
    assert done.returncode == 1
    assert "name a " in done.stdout
    assert not (plain.place / ".gitattributes").exists()


def test_outside_of_a_repository_it_is_refused(plain: Repository) -> None:
    (plain.place.parent / "outside.md").write_text(TEXT, encoding="utf-8")
    done = plain.run("ai-debt", "git-setup", "outside.md", "--yes", cwd="..")
    assert done.returncode == 1
    assert done.stdout.startswith("ai-debt: this folder is not in a git repository")
