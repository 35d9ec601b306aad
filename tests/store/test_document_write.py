"""Writing documents: only what changed, or the whole."""

from datetime import date
from difflib import unified_diff

import pytest

from store.enums import Severity, Status
from store.errors import RegisterError
from store.formats.document.diff import differences
from store.formats.document.model import TAXONOMY, CadenceEntry, Category, Dependency, Item, Register
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.samples import sample_text
from tests.store.documents import BY_HAND, COMPACT, FOOTNOTES, ODD

SAMPLE = sample_text()
DAY = date(2026, 3, 31)
NEW = Item(
    key="MS-002", category="MS", severity=Severity.LOW, status=Status.OPEN, description="a | b", components=("x", "y")
)


def register(text: str = SAMPLE) -> Register:
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return reading.register


def changed(item_key: str, text: str = SAMPLE, **fields: object) -> Register:
    """The register of a document with some fields of one item changed."""
    found = register(text)
    items = tuple(i._replace(**fields) if i.key == item_key else i for i in found.items)  # type: ignore[arg-type]
    return found._replace(items=items)


def changes(present: Register, text: str = SAMPLE) -> list[str]:
    """The lines that writing takes out and puts in, long ones cut."""
    written = write(present, template=text, updated=DAY)
    assert differences(present, register(written), by="key") == ()
    lines = list(unified_diff(text.splitlines(), written.splitlines(), lineterm="", n=0))[2:]
    return [f"{line[0]} {line[1:].strip()[:66]}" for line in lines if line[:2] != "@@"]


UPDATED = ["- > **Last Updated:** 2026-02-17", "+ > **Last Updated:** 2026-03-31"]


@pytest.mark.parametrize("text", [SAMPLE, COMPACT, BY_HAND, ODD, FOOTNOTES])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_an_untouched_register_gives_back_its_document(text: str, end: str, last: bool) -> None:
    template = text.replace("\n", end)
    template = template if last else template.removesuffix(end)
    assert write(register(template), template=template, updated=DAY) == template


def test_a_new_status_changes_five_lines() -> None:
    present = changed("EN-001", status=Status.MITIGATED, status_note="pinned versions")
    written = write(present, template=SAMPLE, updated=DAY)
    old, new = SAMPLE.split("\n"), written.split("\n")
    different = [number for number, (one, other) in enumerate(zip(old, new, strict=True), 1) if one != other]
    assert different == [7, 32, 86, 92, 118]
    assert new[31] == old[31].removesuffix("| Open |") + "| Mitigated (pinned versions) |"
    assert (new[85], new[91]) == ("| Entanglement | 2 | 1 | 3 |", "| **Total** | **10** | **5** | **15** |")
    assert (new[117], new[6]) == ("    style EN001 fill:#ffcc99", "> **Last Updated:** 2026-03-31")


def test_the_date_stays_where_none_is_given() -> None:
    assert "2026-02-17" in write(changed("EN-001", owner="Ann"), template=SAMPLE)


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ("17 February 2026", "1 March 2026"),
        ("February 17, 2026", "March 1, 2026"),
        ("Feb 17, 2026 (by MLP)", "Mar 1, 2026 (by MLP)"),
        ("February 17th, 2026", "March 1st, 2026"),
        ("3rd Feb 2026", "1st Mar 2026"),
        ("17.02.2026", "01.03.2026"),
        ("02/17/2026", "03/01/2026"),
        ("2026/02/17", "2026/03/01"),
        ("soon", "2026-03-01"),
        ("", "2026-03-01"),
    ],
)
def test_the_date_is_written_as_it_was(shown: str, written: str) -> None:
    text = SAMPLE.replace("2026-02-17", shown)
    new = write(changed("EN-001", text, effort=None, owner="Ann"), template=text, updated=date(2026, 3, 1))
    assert f"> **Last Updated:** {written}\n" in new


@pytest.mark.parametrize(("day", "word"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")])
def test_the_number_of_a_day_in_words_is_written_in_words(day: int, word: str) -> None:
    text = SAMPLE.replace("2026-02-17", "1st May 2026")
    new = write(changed("EN-001", text, owner="Ann"), template=text, updated=date(2026, 6, day))
    assert f"> **Last Updated:** {word} June 2026\n" in new


def test_a_disagreeing_color_stays_until_its_item_changes() -> None:
    assert "style FL001 fill:#ff9999" in write(changed("FL-001", owner="Ann"), template=SAMPLE)
    assert "style FL001 fill:#ff9999" in write(changed("FL-001", status=Status.OPEN), template=SAMPLE)
    back = write(changed("FL-001", status=Status.OPEN), template=SAMPLE)
    assert "style FL001 fill:#ffcc99" in write(changed("FL-001", back, status=Status.ACCEPTED), template=back)


def test_a_disagreeing_number_stays_until_its_category_changes() -> None:
    text = SAMPLE.replace("| Entanglement | 3 | 0 | 3 |", "| Entanglement | 7 | 0 | 7 |")
    assert "| Entanglement | 7 | 0 | 7 |" in write(changed("BE-001", text, status=Status.MITIGATED), template=text)
    assert "| Entanglement | 2 | 1 | 7 |" in write(changed("EN-002", text, status=Status.MITIGATED), template=text)


def test_a_new_item_is_a_row_at_the_end_of_its_table() -> None:
    present = register()
    assert changes(present._replace(items=(*present.items, NEW))) == [
        *UPDATED,
        "+ | MS-002 | a \\| b | Low | x, y |  | Open |",
        "- | Model Staleness | 0 | 1 | 1 |",
        "- | **Total** | **11** | **4** | **15** |",
        "+ | Model Staleness | 1 | 1 | 2 |",
        "+ | **Total** | **12** | **4** | **16** |",
    ]


def test_a_removed_item_takes_its_row_node_edges_and_style_along() -> None:
    present = register()
    present = present._replace(
        items=tuple(item for item in present.items if item.key != "EN-001"),
        dependencies=tuple(edge for edge in present.dependencies if "EN-001" not in (edge.source, edge.target)),
    )
    row = next(line for line in SAMPLE.split("\n") if line.startswith("| EN-001"))
    assert changes(present) == [
        *UPDATED,
        f"- {row[:66]}",
        "- | Entanglement | 3 | 0 | 3 |",
        "+ | Entanglement | 2 | 0 | 2 |",
        "- | **Total** | **11** | **4** | **15** |",
        "+ | **Total** | **10** | **4** | **14** |",
        '- EN001["EN-001<br/>Feature Entanglement<br/>(Flink windowing)"]',
        '- EN001 -->|"feature changes cascade to"| EN002',
        '- DD001 -->|"schema breaks cascade to"| EN001',
        '- PD002 -->|"skew amplifies"| EN001',
        "- style EN001 fill:#ff9999",
    ]


def test_a_moved_item_keeps_its_cells() -> None:
    present = register()
    item = next(item for item in present.items if item.key == "BE-001")
    row = next(line for line in SAMPLE.split("\n") if line.startswith("| BE-001"))
    others = tuple(each for each in present.items if each.key != "BE-001")
    written = write(present._replace(items=(*others, item._replace(category="MS"))), template=SAMPLE)
    lines = written.split("\n")
    assert lines[lines.index(row) - 1].startswith("| MS-001")
    assert lines.count(row) == 1


def test_a_new_key_changes_the_cell_and_the_node_only() -> None:
    present = changed("EN-001", key="EN-009")
    edges = [[("EN-009" if k == "EN-001" else k) for k in (e.source, e.target)] for e in present.dependencies]
    pairs = zip(edges, present.dependencies, strict=True)
    present = present._replace(dependencies=tuple(Dependency(*ends, edge.label) for ends, edge in pairs))
    lines = changes(present)
    assert len(lines) == 6
    written = write(present, template=SAMPLE)
    assert 'EN001["EN-009<br/>Feature Entanglement<br/>(Flink windowing)"]' in written
    assert "| EN-009 | " in written


def test_edges_are_relabeled_removed_and_added_one_line_each() -> None:
    present = register()
    first, second, *rest = present.dependencies
    edges = (first._replace(label="breaks\n<all>"), *rest, Dependency("BE-001", "EN-001", ""))
    assert changes(present._replace(dependencies=edges)) == [
        *UPDATED,
        '+ BE001["BE-001"]',
        '- EN001 -->|"feature changes cascade to"| EN002',
        f'- FL001 -->|"{second.label}"| MS001',
        '+ EN001 -->|"breaks<br/>#60;all#62;"| EN002',
        "+ BE001 --> EN001",
        "+ style BE001 fill:#ff9999",
    ]


def test_a_title_adds_a_node() -> None:
    assert changes(changed("CD-002", title='Two "layers"')) == [
        *UPDATED,
        '+ CD002["CD-002<br/>Two #34;layers#34;"]',
        "+ style CD002 fill:#ffcc99",
    ]


def test_a_column_is_added_to_the_table_that_needs_it() -> None:
    written = write(changed("EN-001", owner="Ann", due_on=date(2026, 5, 1)), template=SAMPLE)
    headers = [line for line in written.split("\n") if line.startswith("| ID |")]
    assert sum("| Owner | Due | Status |" in line for line in headers) == 1
    assert sum(line.endswith("| Ann | 2026-05-01 | Open |") for line in written.split("\n")) == 1


def test_a_status_gets_its_column_when_a_category_first_counts_it() -> None:
    written = write(changed("EN-001", status=Status.IN_PROGRESS), template=SAMPLE)
    assert "| Category | Open | In Progress | Mitigated | Total |" in written
    assert "| Entanglement | 2 | 1 | 0 | 3 |" in written
    assert "| **Total** | **10** | **1** | **4** | **15** |" in written
    again = write(changed("EN-001", written, status=Status.ACCEPTED), template=written)
    assert "| Category | Open | In Progress | Mitigated | Accepted | Total |" in again


def test_categories_are_renamed_recoded_added_and_removed() -> None:
    present = register()
    items = tuple(item for item in present.items if item.category != "MS")
    edges = tuple(edge for edge in present.dependencies if "MS-001" not in (edge.source, edge.target))
    categories = tuple(c._replace(code="XX", name="Knots") if c.code == "EN" else c for c in present.categories[:-1])
    items = tuple(item._replace(category="XX") if item.category == "EN" else item for item in items)
    present = present._replace(
        items=items, dependencies=edges, categories=(*categories, Category(code="NW", name="New"))
    )
    written = write(present, template=SAMPLE)
    assert "### Knots\n<!-- code: XX -->\n" in written
    assert "### New\n<!-- code: NW -->\n\n| ID | Description |" in written
    assert "| Knots | 3 | 0 | 3 |" in written
    assert "| New | 0 | 0 | 0 |\n| **Total** |" in written
    assert "Model Staleness" not in written


def test_categories_change_their_order() -> None:
    present = register()
    written = write(present._replace(categories=present.categories[::-1]), template=SAMPLE)
    headings = [line for line in written.split("\n") if line.startswith("### ")]
    assert headings == [f"### {category.name}" for category in present.categories[::-1]]
    assert sorted(written.split("\n")) == sorted(SAMPLE.split("\n"))


def test_facts_are_written_where_they_stand() -> None:
    present = register()._replace(
        title="Our debt #",
        system=None,
        project_total=1200,
        purpose="- one\n- two",
        note="<!-- odd",
        cadence=(CadenceEntry("Weekly", "triage\nby two"), *register().cadence[1:]),
    )
    written = write(present, template=SAMPLE)
    assert written.startswith("# Our debt &#35;\n\n> **Extends:** arc42")
    assert "**System:**" not in written
    assert "> **Last Updated:** 2026-02-17\n>\n> **Project Total:** 1200\n" in written
    assert "## Purpose\n\n- one\n- two\n\n*Note: &#60;!-- odd*\n" in written
    assert "\n- **Weekly:** triage<br>by two\n- **Debt ownership:**" in written


def test_facts_are_added_to_a_document_without_them() -> None:
    present = register(ODD)._replace(
        system="Ads", purpose="Why.", note="Note.", cadence=(CadenceEntry("", "# weekly"),)
    )
    written = write(present, template=ODD)
    assert "# A register\n\n> **System:** Ads\n" in written
    assert "## Purpose\n\nWhy.\n\n*Note: Note.*\n\n### Z ###" in written
    assert written.endswith("```\n\n## Review Cadence\n\n- **:** # weekly\n")


def test_a_map_is_added_before_the_review_cadence() -> None:
    start, end = SAMPLE.index("## Debt Dependency Map"), SAMPLE.index("## Review Cadence")
    text = SAMPLE[:start] + SAMPLE[end:]
    written = write(changed("EN-001", text, title="Knot"), template=text)
    assert "\n\n## Debt Dependency Map\n\n```mermaid\ngraph TD\n" in written
    assert "    style EN001 fill:#ff9999\n```\n\n## Review Cadence\n" in written


def test_a_map_stands_beside_the_review_cadence_whatever_its_level() -> None:
    text = f"{ODD.split('```')[0]}#### Review Cadence\n\n- Weekly\n"
    written = write(changed("Z-1", text, title="Knot"), template=text)
    assert "\n\n#### Debt Dependency Map\n\n```mermaid\n" in written


def test_a_chain_is_taken_apart_only_where_it_loses_something() -> None:
    present = register(BY_HAND)
    edges = tuple(edge for edge in present.dependencies if edge != Dependency("HF-3", "HF-2", "slows"))
    written = write(present._replace(dependencies=edges), template=BY_HAND)
    assert (
        '    HF1[HF-1<br>Clicks] --> HF2("HF-2") -- "feeds" --> X[Outside]\n'
        '    HF3{{"Late labels"}}\n'
        '    HF1 -.->|"slows"| HF2\n'
        "    HF2 --> HF2\n"
        "    classDef hot fill:#f00\n"
    ) in written


def test_cells_keep_the_manner_of_their_table() -> None:
    written = write(changed("EN-1", COMPACT, severity=Severity.LOW, status=Status.MITIGATED), template=COMPACT)
    assert "\nMitigated | **low** | `EN-1` | Ann | Rankers share a feature \\| store\n" in written
    written = write(changed("EN-2", COMPACT, status=Status.OPEN, status_note=None, owner="Bo"), template=COMPACT)
    assert "\n**Open** | low | [EN-2](#en-2) | Bo | Two models" in written
    written = write(changed("X-1", COMPACT, status=Status.OPEN), template=COMPACT)
    assert "\nX-1         | Medium   | Open        | see *wiki*\n" in written


def test_the_marks_of_footnotes_stay() -> None:
    present = changed("X-1", FOOTNOTES, severity=Severity.LOW, status=Status.MITIGATED, status_note="done")
    assert changes(present, FOOTNOTES) == [
        "- | X-1[^1] | words[^1] | **High**[^2] | **Open**[^1] |",
        "+ | X-1[^1] | words[^1] | **Low**[^2] | **Mitigated**[^1] (done) |",
        "- | Entanglement[^2] | 1 | 1 | 2 |",
        "- | **Total**[^1] | 1[^2] | 1 | 2 |",
        "+ | Entanglement[^2] | 0 | 2 | 2 |",
        "+ | **Total**[^1] | 0[^2] | 2 | 2 |",
    ]


def test_new_lines_end_as_the_others_do() -> None:
    text = BY_HAND.replace("\n", "\r\n").removesuffix("\r\n")
    present = changed("HF-1", text, title="x", owner="Bo")._replace(cadence=())
    written = write(present, template=text)
    assert written.count("\n") == written.count("\r\n")
    assert not written.endswith("\n")
    assert written.startswith("\ufeff# 4. Debt")


def test_a_document_from_scratch_has_the_shape_of_the_sample() -> None:
    written = write(register())
    lines, sample = written.split("\n"), SAMPLE.split("\n")
    missing = [line for line in sample if line not in lines]
    assert all(line.startswith(("|--", "    style")) for line in missing)
    assert [line for line in lines if line.startswith("#")] == [line for line in sample if line.startswith("#")]


def test_an_empty_register_is_written_and_read_back() -> None:
    new = Register(title="Debt of | all", categories=TAXONOMY)
    again = register(write(new))
    assert (again.title, [category.code for category in again.categories]) == (new.title, [c.code for c in TAXONOMY])
    assert [category.definition for category in again.categories] == [c.definition for c in TAXONOMY]


def test_the_longest_text_is_written_and_read_back() -> None:
    written = write(changed("EN-001", description="|" * 65_536), template=SAMPLE)
    assert next(item for item in register(written).items if item.key == "EN-001").description == "|" * 65_536
    assert [problem.line for problem in read(written.replace("\\|\\|", "\\|x\\|", 1)).problems] == [32]


@pytest.mark.parametrize(
    "wrong",
    [
        Register(title="T"),
        Register(title="T", categories=(Category(code="A", name="A"), Category(code="A", name="B"))),
        Register(title="T", categories=TAXONOMY, items=(NEW, NEW)),
        Register(title="T", categories=TAXONOMY, items=(NEW._replace(category="ZZ"),)),
        Register(title="T", categories=TAXONOMY, dependencies=(Dependency("A-1", "A-2"),)),
        Register(title="T", categories=TAXONOMY, items=(NEW._replace(description=" blank ends "),)),
    ],
)
def test_a_register_that_would_read_back_otherwise_is_refused(wrong: Register) -> None:
    with pytest.raises(RegisterError):
        write(wrong)


def test_an_extra_column_with_the_name_of_a_field_stays_one() -> None:
    made = Register(title="T", categories=TAXONOMY, items=(NEW._replace(extra=(("Owner", "not a person"),)),))
    text = write(made)
    assert "| Owner <!-- extra --> |" in text
    assert [(item.owner, item.extra) for item in register(text).items] == [(None, (("Owner", "not a person"),))]


def test_a_template_with_problems_is_refused() -> None:
    with pytest.raises(RegisterError, match="lines 23 and 24"):
        write(register(), template=SAMPLE.replace("| BE-001 |", "| BE-002 |"))


MARKERS = ("<<<<<<< HEAD", "=======", ">>>>>>> theirs", "||||||| base", "<<<<<<<", "|||||||")


@pytest.mark.parametrize("marker", MARKERS)
def test_a_template_that_holds_a_conflict_marker_is_written_into(marker: str) -> None:
    template = SAMPLE.replace("## Review Cadence\n", f"## Review Cadence\n\n<<<<<<< HEAD\n\n{marker}\n", 1)
    present = read(template).register
    assert present is not None
    assert write(present, template=template) == template
    items = tuple(i._replace(severity=Severity.LOW) if i.key == "EN-002" else i for i in present.items)
    written = write(present._replace(items=items), template=template)
    changed_lines = [one for one, other in zip(written.split("\n"), template.split("\n"), strict=True) if one != other]
    assert [line[:8] for line in changed_lines] == ["| EN-002", "    styl"]


@pytest.mark.parametrize("template", [SAMPLE, None])
@pytest.mark.parametrize("marker", MARKERS)
def test_a_text_like_a_conflict_marker_is_written_so_that_it_is_none(marker: str, template: str | None) -> None:
    text = f"One\n{marker}\nother"
    found = register()
    categories = (found.categories[0]._replace(definition=text), *found.categories[1:])
    items = (found.items[0]._replace(description=text, title=text), *found.items[1:])
    cadence = (CadenceEntry("Weekly", text),)
    present = found._replace(purpose=text, note=text, cadence=cadence, categories=categories, items=items)
    assert differences(present, register(write(present, template=template)), by="key") == ()
    assert register(write(present._replace(purpose=marker), template=template)).purpose == marker
