"""What the words of documents mean: headers and labels, severities and statuses, numbers and emoji."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.enums import Severity, Status
from store.fields import FIELDS, ITEM_FIELDS
from store.formats.document.vocabulary import (
    Scale,
    families_of,
    family_of,
    find_severity,
    find_status,
    fold,
    has_four_lights,
    header_for,
    language_of,
    number_scale,
    read_number,
    roles,
    roles_of,
    severity_words,
    spelling,
    status_words,
)
from store.formats.document.vocabulary_roles import ROLES
from store.formats.document.vocabulary_words import LANGUAGES

CRITICAL, HIGH, MEDIUM, LOW = Severity
OPEN, IN_PROGRESS, MITIGATED, ACCEPTED = Status
SCALES: tuple[Scale, Scale] = ("1 is worst", "1 is best")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("**Debt  Item**", "debt item"),
        ("Ma\u00dfnahme", "massnahme"),
        ("Pri\u00f3rit\u00e4t:", "prioritat"),
        ("H\u00f8y", "hoy"),
        ("\u00c6rlig", "aerlig"),
        ("In-Progress", "in progress"),
        ("due_on", "due on"),
        ("`Status`[^2]", "status"),
        ("Status\u00b9", "status"),
        ("\U0001f4cc Owner", "owner"),
        ("_(Severity)_", "severity"),
        ("Won\u2019t fix", "won't fix"),
        ("[Effort](#effort)", "effort"),
        ("<b>Due</b>", "due"),
        ("\u2116", "no"),
        ("#", "#"),
        ("\uff33\uff54\uff41\uff54\uff45", "state"),
        ("--", ""),
    ],
)
def test_folding_leaves_what_is_compared(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "word", "severity"),
    [
        ("High", "High", HIGH),
        ("P2 (was P1)", "P2", MEDIUM),
        ("**P0**", "P0", CRITICAL),
        ("[P1] Nightly job", "P1", HIGH),
        ("p4", "p4", LOW),
        ("S0", "S0", CRITICAL),
        ("High / M", "High", HIGH),
        ("(Medium / L)", "Medium", MEDIUM),
        ("Blocker", "Blocker", CRITICAL),
        ("Minor: rename", "Minor", MEDIUM),
        ("trivial", "trivial", LOW),
        ("H", "H", HIGH),
        ("`M`", "M", MEDIUM),
        ("Sehr hoch", "Sehr hoch", CRITICAL),
        ("kritische Punkte", "kritische", CRITICAL),
        ("\u00c9lev\u00e9e", "\u00c9lev\u00e9e", HIGH),
        ("Elevee", "Elevee", HIGH),
        ("E\u0301leve\u0301", "E\u0301leve\u0301", HIGH),
        ("M\u00e9dia", "M\u00e9dia", MEDIUM),
        ("Bajos", "Bajos", LOW),
        ("Molto alta", "Molto alta", CRITICAL),
        ("gemiddeld", "gemiddeld", MEDIUM),
        ("L\u00e5g", "L\u00e5g", LOW),
        ("Hoey", "Hoey", HIGH),
        ("H\u00f8j", "H\u00f8j", HIGH),
        ("Kriittinen", "Kriittinen", CRITICAL),
        ("Very low", "Very low", LOW),
        ("Must fix", "Must fix", CRITICAL),
        ("Critical - fix first", "Critical", CRITICAL),
        ("High-priority items", "High", HIGH),
        ("Priority: Low", "Low", LOW),
        ("Prioridad alta", "alta", HIGH),
        ("[Medium](https://debt.example/3)", "Medium", MEDIUM),
        ("~~High~~ Low", "Low", LOW),
        ("~~High~~", "High", HIGH),
        ("P1 (Critical)", "P1 (Critical)", CRITICAL),
        ("P0/High", "P0/High", HIGH),
        ("Medium (P1)", "Medium (P1)", MEDIUM),
        ("P2 - High traffic", "P2", MEDIUM),
        ("4 - Critical", "4 - Critical", CRITICAL),
        ("\U0001f534 Medium", "\U0001f534 Medium", MEDIUM),
        ("\U0001f7e0 **High** (4)", "\U0001f7e0 **High**", HIGH),
        (":yellow_circle: Low", ":yellow_circle: Low", LOW),
        ("\U0001f7e1", "\U0001f7e1", MEDIUM),
        ("\u26aa anything", "\u26aa", LOW),
        ("\U0001f6a8", "\U0001f6a8", CRITICAL),
    ],
)
def test_a_severity_is_found_at_the_beginning(text: str, word: str, severity: Severity) -> None:
    found = find_severity(text)
    assert found is not None
    assert (text[found.start : found.end], found.value) == (word, severity)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "High-level",
        "Higher",
        "Highway",
        "not high",
        "the high one",
        "P10",
        "P1.5",
        "SEV1",
        "Sev 1",
        "Low/Medium",
        "Medium-High",
        "medium to high",
        "P1/P2",
        "High -> Low",
        "[High/Medium/Low]",
        "C++",
        "C is old",
        "Madrid",
        "2",
        "12 high ones",
        "\U0001f525 hot topics",
        "\U0001f4da docs",
    ],
)
def test_what_is_not_a_severity_is_not_taken_for_one(text: str) -> None:
    assert find_severity(text) is None


@pytest.mark.parametrize(
    "text", ["TBD", "n/a", "unrated", "-", "\u2014", "?", "Unknown", "unbekannt", "\u00c0 d\u00e9finir"]
)
def test_a_word_may_say_that_nothing_is_rated(text: str) -> None:
    found = find_severity(text)
    assert found is not None
    assert found.value is None


def test_a_red_light_means_more_where_there_is_an_orange_one() -> None:
    found = [find_severity("\U0001f534", four_lights=four) for four in (False, True)]
    assert [each and each.value for each in found] == [HIGH, CRITICAL]
    assert has_four_lights("\U0001f534 \U0001f7e0")
    assert has_four_lights("a :orange_circle: b")
    assert not has_four_lights("\U0001f534 \U0001f7e1")


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("Severity (1 = worst, 5 = cosmetic)", "1 is worst"),
        ("Severity 1 is the worst", "1 is worst"),
        ("Priority (1-5, 5 = highest)", "1 is best"),
        ("Prio 1=hoch", "1 is worst"),
        ("Schwere (1 = am schlimmsten)", "1 is worst"),
        ("Severity (5 critical)", "1 is best"),
        ("Severity (low 1 - high 5)", "1 is best"),
        ("Severity (1 low, 5 high)", "1 is best"),
        ("Level: 1 (low) to 5 (high)", "1 is best"),
        ("Priority (1 highest)", "1 is worst"),
        ("Gravit\u00e9 (1 = faible)", "1 is best"),
        ("Prioridade (1 = mais alta)", "1 is worst"),
        ("Priority (1 = high, 3 = low)", "1 is worst"),
        ("Priority (1-3, 3 = high)", None),
        ("Impact (1-10, 10 = worst)", None),
        ("Severity (1-5)", None),
        ("Severity", None),
        ("", None),
    ],
)
def test_a_header_says_in_which_direction_numbers_count(header: str, scale: Scale | None) -> None:
    assert number_scale(header) == scale


def test_numbers_are_severities_on_a_scale_alone() -> None:
    assert [read_number(number, "1 is worst") for number in range(7)] == [None, CRITICAL, HIGH, MEDIUM, LOW, LOW, None]
    assert [read_number(number, "1 is best") for number in range(7)] == [None, LOW, LOW, MEDIUM, HIGH, CRITICAL, None]
    for text, severity in {"1 - worst": CRITICAL, "2.": HIGH, "**3**": MEDIUM, "5/5": LOW}.items():
        found = find_severity(text, "1 is worst")
        assert found is not None
        assert (found.value, found.family) == (severity, "number")
    assert [find_severity(text, "1 is worst") for text in ("12", "1-2", "6", "1.5", "3rd", "40 %")] == [None] * 6


@pytest.mark.parametrize(
    ("text", "word", "status"),
    [
        ("Open", "Open", OPEN),
        ("Resolved 2026-05-21", "Resolved", MITIGATED),
        ("In review", "In review", IN_PROGRESS),
        ("IN_PROGRESS", "IN_PROGRESS", IN_PROGRESS),
        ("Won't fix", "Won't fix", ACCEPTED),
        ("won\u2019t fix (paper cites it)", "won\u2019t fix", ACCEPTED),
        ("accepted until March", "accepted", ACCEPTED),
        ("Conclu\u00edda (2026-08-01)", "Conclu\u00edda", MITIGATED),
        ("**CLOSED** (v2)", "CLOSED", MITIGATED),
        ("\u2705 merged", "\u2705 merged", MITIGATED),
        ("\u2705", "\u2705", MITIGATED),
        ("\u2705 [Fixed](https://debt.example/9)", "Fixed", MITIGATED),
        ("\U0001f4cb Planned v0.6", "\U0001f4cb Planned", OPEN),
        ("~~Open~~ [Done](https://debt.example/9)", "Done", MITIGATED),
        ("Open \u2192 Closed", "Closed", MITIGATED),
        ("Done / closed", "Done", MITIGATED),
        ("Status: WIP", "WIP", IN_PROGRESS),
        ("to-do", "to-do", OPEN),
        ("Not started", "Not started", OPEN),
        ("not fixed yet", "not fixed", OPEN),
        ("Partially fixed", "Partially fixed", IN_PROGRESS),
        ("Reopened", "Reopened", OPEN),
        ("On hold", "On hold", ACCEPTED),
        ("Parked", "Parked", ACCEPTED),
        ("Risk accepted", "Risk accepted", ACCEPTED),
        ("Paid off", "Paid off", MITIGATED),
        ("Superseded by D-3", "Superseded", MITIGATED),
        ("Archived", "Archived", MITIGATED),
        ("In Bearbeitung", "In Bearbeitung", IN_PROGRESS),
        ("Zurueckgestellt", "Zurueckgestellt", ACCEPTED),
        ("Abiertas", "Abiertas", OPEN),
        ("\u00c0 faire", "\u00c0 faire", OPEN),
        ("R\u00e9solue", "R\u00e9solue", MITIGATED),
        ("Em andamento", "Em andamento", IN_PROGRESS),
        ("Rinviato", "Rinviato", ACCEPTED),
        ("Opgelost", "Opgelost", MITIGATED),
        ("P\u00e5g\u00e5ende", "P\u00e5g\u00e5ende", IN_PROGRESS),
        ("Paagaar", "Paagaar", IN_PROGRESS),
        ("Lukket", "Lukket", MITIGATED),
        ("Ty\u00f6n alla", "Ty\u00f6n alla", IN_PROGRESS),
    ],
)
def test_a_status_is_found_at_the_beginning(text: str, word: str, status: Status) -> None:
    found = find_status(text)
    assert found is not None
    assert (text[found.start : found.end], found.value) == (word, status)


@pytest.mark.parametrize(
    "text",
    ["", "-", "Open-ended", "Opened", "Newly found", "Open/Closed", "[Open/Done]", "[x]", "whatever"],
)
def test_what_is_not_a_status_is_not_taken_for_one(text: str) -> None:
    assert find_status(text) is None


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("#", ("key",)),
        ("Nr.", ("key",)),
        ("N\u00b0", ("key",)),
        ("debt_id", ("key",)),
        ("Risk #", ("key",)),
        ("Item", ("key", "description", "title")),
        ("Issue", ("description", "title")),
        ("Debt", ("description", "title")),
        ("Finding", ("title", "description")),
        ("Risk", ("title", "description", "severity")),
        ("Area", ("components", "category")),
        ("Affected", ("affected", "components")),
        ("Affected modules", ("components",)),
        ("**Priority**", ("severity",)),
        ("Severity (1 = worst)", ("severity",)),
        ("Risk level", ("severity",)),
        ("Overall priority", ("severity",)),
        ("Impact", ("severity",)),
        ("\U0001f4cc State:", ("status",)),
        ("Status note", ("status_note",)),
        ("Owner / Team", ("owner",)),
        ("Assigned to", ("owner",)),
        ("Responsible team", ("owner",)),
        ("Proposed fix", ("mitigation_plan",)),
        ("Mitigation strategy", ("mitigation_plan",)),
        ("Next step", ("mitigation_plan",)),
        ("Exit condition", ("mitigation_plan",)),
        ("Component(s)", ("components",)),
        ("Size", ("effort",)),
        ("Target date", ("due_on",)),
        ("dueDate", ("due_on",)),
        ("Date added", ("opened_on",)),
        ("Accepted on", ("opened_on",)),
        ("Accepted until", ("accepted_until",)),
        ("Priorit\u00e4t", ("severity",)),
        ("Prioritaet", ("severity",)),
        ("Massnahme", ("mitigation_plan",)),
        ("Gravit\u00e9", ("severity",)),
        ("Respons\u00e1vel", ("owner",)),
        ("Scadenza", ("due_on",)),
        ("Omschrijving", ("description",)),
        ("\u00c5tg\u00e4rd", ("mitigation_plan",)),
        ("Alvorlighet", ("severity",)),
        ("Afhj\u00e6lpning", ("mitigation_plan",)),
        ("Vastuuhenkil\u00f6", ("owner",)),
        *((header, ()) for header in ("", "Raised by", "Reported by", "What we do today", "Notes", "Current solution")),
        ("Current state", ("description",)),
        *((header, ()) for header in ("Why it hurts", "Merge request", "Closed in", "Interest", "Field", "Value")),
    ],
)
def test_a_header_means_fields(header: str, fields: tuple[str, ...]) -> None:
    assert roles(header) == fields


def test_a_header_that_the_program_writes_means_that_field_first_and_no_other_header_comes_before_it() -> None:
    for field in ITEM_FIELDS:
        ranks = [roles_of(header)[0] for header in field.columns]
        assert {role.field for role in ranks} <= {field.name}
        assert [role.rank for role in ranks] == list(range(len(ranks)))


def test_headers_that_prove_nothing_say_so() -> None:
    proofs = {header: roles_of(header)[-1].proves for header in ("Severity", "Impact", "Risk")}
    assert proofs == {"Severity": True, "Impact": False, "Risk": False}


def test_every_language_has_a_header_for_every_field() -> None:
    assert set(ROLES) == set(FIELDS)
    for field in FIELDS:
        assert set(ROLES[field]) == set(LANGUAGES)
        for language in LANGUAGES:
            assert roles(header_for(field, language))[0] == field


def test_the_language_of_headers_is_that_of_most() -> None:
    assert language_of(["Status", "Risiko", "Massnahme", "Prioritaet"]) == "de"
    assert language_of(["ID", "Gravit\u00e9", "Intitul\u00e9"]) == "fr"
    assert language_of(["Prioridade", "Estado", "Respons\u00e1vel"]) == "pt"
    assert language_of(["ID", "Status"]) == language_of([]) == "en"
    assert header_for("status", "es") == "Estado"


@pytest.mark.parametrize("four_lights", [False, True])
def test_every_word_to_write_reads_back_in_its_family(four_lights: bool) -> None:
    families = dict.fromkeys(family for _, _, family in severity_words())
    for severity in Severity:
        for family in [*families, "emoji" if four_lights else "emoji-3"]:
            word = spelling(severity, family)
            found = find_severity(word, four_lights=four_lights)
            assert found is not None, word
            assert (found.value, found.end - found.start) == (severity, len(word)), word
            assert family in families_of(word, Severity) or found.family == family
        for scale in SCALES:
            numbered = find_severity(spelling(severity, "number", scale), scale)
            assert numbered is not None
            assert (numbered.value, numbered.family) == (severity, "number")
        both = find_severity(spelling(severity, "emoji+de"))
        assert both is not None
        assert (both.value, both.family) == (severity, "emoji+de")


def test_every_status_to_write_reads_back_in_its_family() -> None:
    families = dict.fromkeys(family for _, _, family in status_words())
    for status in Status:
        for family in [*families, "emoji"]:
            word = spelling(status, family)
            found = find_status(word)
            assert found is not None, word
            assert (found.value, found.end - found.start) == (status, len(word)), word
            assert family in families_of(word, Status) or found.family == family


def test_every_word_of_the_tables_reads_back() -> None:
    for word, severity, _ in severity_words():
        found = find_severity(word)
        assert (found and found.value) == severity, word
    for word, status, _ in status_words():
        known = find_status(word)
        assert (known and known.value) == status, word


def test_the_family_of_words_is_that_of_most() -> None:
    assert family_of(["Cr\u00edtica", "Alta", "M\u00e9dia"], Severity) == "pt"
    assert family_of(["Alta", "Media", "Bassa"], Severity) == "it"
    assert family_of(["High", "Low", "P1"], Severity) == "en"
    assert family_of(["Todo", "WIP", "Open"], Status) == "todo"
    assert family_of(["whatever"], Status) is None


@given(
    st.text(alphabet=st.sampled_from("High PM1-/()[]*_~`<>:\U0001f534\u2705\u00e9#.=| \n"), max_size=300) | st.text()
)
def test_any_text_is_answered(text: str) -> None:
    for found in (find_severity(text), find_severity(text, "1 is best"), find_status(text)):
        assert found is None or 0 <= found.start < found.end <= len(text)
    assert number_scale(text) in (None, *SCALES)
    assert set(roles(text)) <= set(FIELDS)
    assert all(isinstance(family, str) for family in families_of(text, Status))
