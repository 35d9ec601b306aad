"""Reading documents: what is found, what is wrong, what one should know."""

from collections import Counter
from datetime import date

import pytest

from store.enums import Effort, Severity, Status
from store.errors import DocumentError
from store.fields import Affected
from store.formats.document.layout import Reading
from store.formats.document.model import CadenceEntry, Category, Dependency, Register
from store.formats.document.reader import parse, read
from store.formats.document.writer import write
from store.formats.lines import decode
from store.samples import sample_text
from tests.program import ROOT
from tests.store.documents import BY_HAND, COMPACT, FOOTNOTES, ODD

HEAD = "# Debt\n\n## Entanglement\n\n| ID | Severity | Status | Due | Effort | Description |\n|-|-|-|-|-|-|\n"


def register(text: str) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.what) for problem in read(text).problems]


def notices(text: str) -> list[tuple[int, str]]:
    return [(notice.line, notice.what) for notice in read(text).notices]


def test_the_sample_is_read_whole() -> None:
    found = register(sample_text())
    assert (len(found.categories), len(found.items), len(found.dependencies), len(found.cadence)) == (7, 15, 7, 4)
    assert [category.code for category in found.categories] == ["BE", "EN", "FL", "DD", "PD", "CD", "MS"]
    assert found.title == "AI Debt Register"
    assert found.extends == "arc42 S11 -- Risks & Technical Debt"
    assert found.last_updated == date(2026, 2, 17)
    assert found.note is not None
    assert not found.note.startswith(("*", "Note"))
    assert Counter(item.status for item in found.items) == {Status.OPEN: 11, Status.MITIGATED: 4}
    assert found.dependencies[0] == Dependency("EN-001", "EN-002", "feature changes cascade to")


def test_the_samples_items_have_their_parts() -> None:
    items = {item.key: item for item in register(sample_text()).items}
    assert items["EN-001"].title == "Feature Entanglement\n(Flink windowing)"
    assert items["BE-001"].title is None
    assert [len(items[key].components) for key in ("BE-002", "EN-001", "PD-002")] == [1, 3, 3]
    note = items["CD-001"].status_note
    assert (items["CD-001"].status, note) == (Status.MITIGATED, "Configurable Metaflow deployed; migration ongoing")


def test_the_samples_only_disagreement_is_noticed() -> None:
    assert notices(sample_text()) == [(120, "the map colors FL-001 #ff9999 instead of #ffcc99")]


def test_the_samples_dashboard_is_read() -> None:
    (found,) = parse(sample_text()).layout.dashboards
    assert len(found.rows) == 8
    code, row = found.rows[-1]
    assert (code, row.line + 1, row.cells) == (None, 92, ["**Total**", "**11**", "**4**", "**15**"])
    assert found.columns == {"Open": 1, "Mitigated": 2, "Total": 3}


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_change_nothing(end: str, mark: str) -> None:
    text = sample_text().replace("\n", end)
    assert register(mark + text) == register(sample_text())
    assert register(text.rstrip(end)) == register(sample_text())


def test_a_compact_document_is_read() -> None:
    found = register(COMPACT)
    assert (found.title, found.system, found.last_updated) == (
        "Debt of the search platform",
        "Search",
        date(2026, 2, 17),
    )
    assert found.categories == (
        Category(code="EN", name="Entanglement", definition="Models share inputs.", origin="EN"),
        Category(code="X", name="Pipelines", origin="X"),
    )
    first, second, third = found.items
    assert (first.key, first.severity, first.owner) == ("EN-1", Severity.HIGH, "Ann")
    assert first.description == "Rankers share a feature | store"
    assert (second.key, second.status, second.status_note) == ("EN-2", Status.MITIGATED, "since May")
    assert second.description == "Two models read `a|b`, they say\nand more"
    assert (third.key, third.status, third.extra) == ("X-1", Status.IN_PROGRESS, (("Notes", "see *wiki*"),))


def test_a_document_written_by_hand_is_read() -> None:
    found = register(BY_HAND)
    assert (found.title, found.system, found.project_total) == ("4. Debt", "Ads (batch)", 1200)
    assert found.note == "only examples."
    assert (found.purpose or "").startswith("Why we keep this.\n\nMore words behind the note.\n\n~~~\n| ID")
    assert found.categories[0] == Category(
        code="HF", name="Hidden Feedback Loops", definition="What comes out comes in.", origin="HF"
    )
    assert found.categories[1].code == "MS"
    assert [(item.key, item.title, item.due_on, item.effort, item.status_note) for item in found.items] == [
        ("HF-1", "Clicks", date(2026, 3, 31), Effort.M, None),
        ("HF-2", None, None, None, "rationale (v2)"),
        ("HF-3", "Late labels", None, None, None),
    ]
    assert found.dependencies == (
        Dependency("HF-1", "HF-2"),
        Dependency("HF-3", "HF-2", "slows"),
        Dependency("HF-1", "HF-2", "slows"),
        Dependency("HF-2", "HF-2"),
    )
    assert found.cadence == (
        CadenceEntry("Weekly", "triage"),
        CadenceEntry("", "Quarterly retrospective\nwith the leads"),
    )
    assert notices(BY_HAND) == [(59, "the dependency HF2 to X is not imported: X is not an item")]


def test_an_odd_document_is_read() -> None:
    found = register(ODD)
    assert found.title == "A register"
    assert [(category.code, category.name) for category in found.categories] == [("A", "Debt Items"), ("Z", "Z")]
    assert [item.description for item in found.items] == ["", "thing", ""]
    assert [item.status_note for item in found.items] == [None, None, "a) (b"]
    assert [item.affected for item in found.items] == [
        None,
        Affected("12 %", percent=12.0),
        Affected("about 450", count=450),
    ]
    assert [edge.label for edge in found.dependencies] == ["one", "two", ""]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("| EN-1 | Grim | Open | | | x |", "EN-1: unknown severity 'Grim': it is kept as text"),
        ("| EN-1 | High | Ajar | | | x |", "EN-1: unknown status 'Ajar': it is kept as text"),
        ("| EN-1 | High | Open | soon | | x |", "EN-1: 'soon' is not a date: it is kept as text"),
        ("| EN-1 | High | Open | 02/03/2026 | | x |", "EN-1: '02/03/2026' is not a date: it is kept as text"),
        ("| EN-1 | High | Open | | 3 sprints | x |", "EN-1: unknown effort '3 sprints': it is kept as text"),
        (
            "| EN-1 | High | Open | | | a | b |",
            "this row has 7 cells, but its table has 6 columns: what follows is not read",
        ),
        ("| EN-1 | High |", "this row has 2 cells, but its table has 6 columns: the others are empty"),
        ("|  | High | Open | | | x |", "this item has no key: it becomes EN-001"),
    ],
)
def test_an_odd_row_is_noticed_with_its_line_and_read(row: str, what: str) -> None:
    text = f"{HEAD}| EN-0 | High | Open | | | first |\n{row}\n"
    assert notices(text) == [(8, what)]
    assert len(register(text).items) == 2
    assert write(register(text), template=text) == text


@pytest.mark.parametrize(
    ("cell", "field", "text"),
    [("| Grim | Open | | |", "Severity", "Grim"), ("| High | Ajar | | |", "Status", "Ajar"),
     ("| High | Open | soon | |", "Due", "soon"), ("| High | Open | | 3 sprints |", "Effort", "3 sprints")],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_under_the_name_of_its_column(cell: str, field: str, text: str) -> None:
    item = register(f"{HEAD}| EN-1 {cell} x |\n").items[0]
    assert dict(item.extra)[field] == text
    assert (item.severity is None, item.status, item.due_on, item.effort) == (text == "Grim", Status.OPEN, None, None)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("| EN-0 | High | Open | | | x |", "EN-0 appears twice, on lines 7 and 8"),
        ("| EN-1 | High | Open | | | a\0b |", "there is a NUL character"),
        ("| EN-1 | High | Open | | | a\ud800b |", "there is an unpaired surrogate"),
    ],
)
def test_a_wrong_row_is_a_problem_with_its_line(row: str, what: str) -> None:
    text = f"{HEAD}| EN-0 | High | Open | | | first |\n{row}\n"
    assert problems(text) == [(8, what)]
    assert all(problem.remedy for problem in read(text).problems)


def test_a_key_that_is_not_one_is_kept_as_text() -> None:
    text = f"{HEAD}| EN-0 | High | Open | | | first |\n| EN? | High | Open | | | x |\n"
    assert notices(text)[0] == (8, "'EN?' is not an item key: it is kept as text")
    assert [item.key for item in register(text).items] == ["EN-0", "EN-001"]


def test_a_document_without_items_is_no_register() -> None:
    for text in ("", "# Title\n\nWords.\n", "```\n| ID | Severity | Status |\n|-|-|-|\n```\n"):
        reading = read(text)
        assert reading.register is None
        assert [problem.what for problem in reading.problems] == ["the document does not contain a list of items"]


def test_the_nearest_thing_to_a_list_of_items_is_named() -> None:
    reading = read("# Weak spots\n\n| Severity | Team |\n|---|---|\n| High | Search |\n")
    assert [(each.line, each.what) for each in reading.problems] == [
        (3, "this table has Severity but no ID or title column")
    ]


def test_a_code_that_is_there_twice_is_a_problem() -> None:
    section = "## {}\n<!-- code: AB -->\n\n| ID | Severity | Status |\n|-|-|-|\n\n"
    assert problems(section.format("One") + section.format("Two")) == [
        (8, "the category code AB appears twice, on lines 2 and 8")
    ]


def test_codes_come_from_the_taxonomy_the_keys_or_the_initials() -> None:
    table = "| ID | Severity | Status |\n|-|-|-|\n"
    row = "| {}-1 | low | open |\n"
    names = {"Pipeline Debt": "", "Our Own": row.format("XY"), "Other Own": "", "Q": "", "More": row.format("PD")}
    text = "\n".join(f"## {name}\n\n{table}{rows}" for name, rows in names.items())
    assert [category.code for category in register(text).categories] == ["PD", "XY", "OO", "Q", "MO"]


def test_numbers_and_nodes_that_disagree_are_noticed() -> None:
    text = sample_text().replace("| Entanglement | 3 |", "| Entanglement | 4 |")
    text = text.replace("| Model Staleness | 0 |", "| Model Decay | 0 |").replace('MS001["MS-001', 'MS009["MS-009')
    assert notices(text) == [
        (86, "the dashboard says 4 Open for Entanglement, but the items say 3"),
        (91, "the dashboard row 'Model Decay' does not match a category"),
        (107, "the map has a node for MS-009, which is not an item"),
        (120, "the map colors FL-001 #ff9999 instead of #ffcc99"),
    ]


def test_lines_of_the_map_that_are_not_understood_are_noticed() -> None:
    text = sample_text().replace("    PD001 -->", "    PD001 -->>>")
    assert (113, 'this line of the map is not understood: PD001 -->>>|"dead jobs mask"| DD001') in notices(text)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "d.md, line 1: the file is empty"),
        (b"\xef\xbb\xbf\n \n", "d.md, line 1: the file is empty"),
        (b"a\r\nb\rc\xff", "d.md, line 3: byte 0xff is not UTF-8"),
        (b"a\nb\0", "d.md, line 2: there is a NUL byte, so this is not a text file"),
        ("# a".encode("utf-16"), "d.md, line 1: the text is UTF-16"),
        (b"x" * (64 * 1024 * 1024 + 1), "d.md is larger than 64 MiB"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, what: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        decode(data, "d.md")
    assert refusal.value.what == what
    assert refusal.value.remedy


def test_bytes_keep_their_mark_and_line_ends() -> None:
    assert decode(b"\xef\xbb\xbfa\r\n\xc3\xa9\r", "d.md") == "\ufeffa\r\n\xe9\r"


def test_a_reading_without_anything_is_empty() -> None:
    assert read("\n") == Reading(None, read("").problems)


def test_the_document_shown_in_the_documentation_is_read() -> None:
    text = (ROOT / "docs" / "document-format.md").read_text(encoding="utf-8")
    shown = text.partition("```markdown\n")[2].partition("\n```\n")[0] + "\n"
    reading = read(shown)
    assert (reading.problems, reading.notices) == ((), ())
    found = register(shown)
    assert (found.system, found.project_total, len(found.cadence)) == ("Search ranking", 120, 2)
    assert [(item.key, item.title, item.status_note) for item in found.items] == [
        ("EN-001", "Shared features", None),
        ("EN-002", "Moving embeddings", "pinned; cleanup goes on"),
    ]
    assert found.dependencies == (Dependency("EN-001", "EN-002", "feature changes cascade to"),)


def test_words_right_behind_a_table_are_not_an_item() -> None:
    text = f"{HEAD}| EN-0 | High | Open | | | first |\nWords behind the table.\n"
    assert notices(text) == [(8, "this text right below a table is not an item: put a blank line before it")]
    assert [item.key for item in register(text).items] == ["EN-0"]


def test_the_marks_of_footnotes_are_no_part_of_what_is_read() -> None:
    found = read(FOOTNOTES)
    assert found.problems == found.notices == ()
    assert found.register is not None
    assert [(category.code, category.name) for category in found.register.categories] == [("EN", "Entanglement[^a]")]
    items = [(i.key, i.description, i.severity, i.status, i.status_note) for i in found.register.items]
    assert items == [
        ("X-1", "words[^1]", Severity.HIGH, Status.OPEN, None),
        ("X-2", "", Severity.LOW, Status.MITIGATED, "since May"),
    ]


@pytest.mark.parametrize("told", ["| Weekly | triage |\n|---|---|\n| Monthly | retrospective |", "Every Tuesday."])
def test_a_review_cadence_that_is_no_list_is_noticed(told: str) -> None:
    text = f"{HEAD}| EN-1 | High | Open | | | x |\n\n## Review Cadence\n\n"
    assert notices(text + told + "\n") == [(11, "the review cadence is read only from a list: this text is ignored")]
    assert notices(f"{text}{told}\n\n- **Weekly:** triage\n") == notices(text) == []


OURS, BASE, SPLIT, THEIRS = "<<<<<<< HEAD", "||||||| 1f3c9aa", "=======", ">>>>>>> feature/debt"


def conflicted(start: str, *, labels: bool = True, end: str = "\n") -> tuple[str, list[int]]:
    """The sample in whose line with this start two sides meet, and the numbers of the markers' lines."""
    lines = sample_text().split("\n")
    at = next(number for number, text in enumerate(lines) if text.startswith(start))
    marks = [mark if labels else mark[:7] for mark in (OURS, BASE, SPLIT, THEIRS)]
    lines[at : at + 1] = [marks[0], lines[at], marks[1], lines[at], marks[2], lines[at], marks[3]]
    return end.join(lines), [at + 1 + step for step in (0, 2, 4, 6)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("start", ["    EN001 -->", "| EN-002 |", "# AI Debt Register", "```mermaid", "- **", "### "])
def test_every_conflict_marker_is_a_problem_of_its_own(start: str, labels: bool, end: str) -> None:
    text, numbers = conflicted(start, labels=labels, end=end)
    assert problems(text) == [(number, "this is a merge conflict marker") for number in numbers]
    assert {problem.remedy for problem in read(text).problems} == {"resolve the merge conflict, then import again"}


@pytest.mark.parametrize("mark", [OURS, BASE, THEIRS, "<<<<<<<", ">>>>>>>", "<<<<<<<\tours"])
def test_one_conflict_marker_is_enough(mark: str) -> None:
    last = sample_text().count("\n") + 1
    assert problems(f"{sample_text()}{mark}\n") == [(last, "this is a merge conflict marker")]


def test_a_half_resolved_conflict_in_a_map_is_a_problem() -> None:
    text = sample_text().replace("    EN001 -->", "=======\n    EN001 -->", 1)
    assert [what for _, what in problems(text)] == ["this is a merge conflict marker"]
    assert problems("graph TD\nA1 --> A2\n=======\nA2 --> A3\n")[0] == (3, "this is a merge conflict marker")
    assert read("graph TD\nA1 --> A2\n=======\nA2 --> A3\n").map is None


@pytest.mark.parametrize(
    "text",
    [
        COMPACT.replace("=" * 27, "======="),
        f"{COMPACT}\n```\n=======\n```\n",
        f"{COMPACT}\n| a | b | c | d | e | f |\n|-|-|-|-|-|-|\n|||||||\n||||||| |\n",
        f"{COMPACT}\n <<<<<<< HEAD\n\n<<<<<<<< HEAD\n\n>>>>>>>HEAD\n\n> > > > > > > deep\n",
    ],
)
def test_what_only_looks_like_a_conflict_marker_is_read(text: str) -> None:
    assert register(text).title == "Debt of the search platform"


def test_an_underline_beside_a_conflict_marker_is_taken_for_one() -> None:
    text = COMPACT.replace("=" * 27, "=======")
    assert [line for line, _ in problems(f"{text}\n>>>>>>> theirs\n")] == [2, len(text.split("\n")) + 1]


def test_a_project_total_that_is_not_a_number_is_kept_as_text() -> None:
    table = "| ID | Severity | Status |\n|---|---|---|\n| A-1 | Low | Open |\n"
    text = f"# Debt\n\n> **Project Total:** about 120\n\n{table}"
    reading = read(text)
    assert reading.problems == ()
    assert [(notice.line, notice.what) for notice in reading.notices] == [
        (3, "the project total 'about 120' is not a number: it is kept as text")
    ]
    assert reading.register is not None
    assert reading.register.project_total is None
    done = reading.register.items[0]._replace(status=Status.MITIGATED)
    assert write(reading.register._replace(items=(done,)), template=text) == text.replace("Open", "Mitigated")
