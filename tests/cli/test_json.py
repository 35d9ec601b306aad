"""The JSON shapes: docs/json.md is what the program prints."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from tests.cli.tree import commands, parameters
from tests.json_examples import brought_up_to_date, examples, prepare, printed_by
from tests.json_schema import CHANGES_OF_REGISTER, DOCUMENTS, PUBLISHED, name_of, problems, published

if TYPE_CHECKING:
    from tests.cli.door import Door

ITEM = (
    *("key", "title", "category", "severity", "status", "status_note", "description", "components", "mitigation_plan"),
    *(
        "owner",
        "effort",
        "affected",
        "due_on",
        "opened_on",
        "accepted_by",
        "accepted_until",
        "links",
        "extra",
        "version",
    ),
    *("flags", "overdue_days", "follow_ups", "signals", "broken_rules", "untold_rules"),
)
CHANGING = """
    add, set, remove, link, relabel, unlink, undo, redo, init, restore, register set,
    rule save, rule rename, rule remove,
    category add, category edit, category move, category remove, view save, view rename, view remove, review set,
    signals attach, signals detach, signals mute, signals unmute, signals new, signals add-rule, signals move-rule,
    signals remove-rule, review finish, review reopen, followups add, followups done, followups drop, followups edit,
    followups reopen
"""
"""The commands that print what was done."""
TOP = {
    "list": ["items", "query", "cannot_tell", "head"],
    "show EN-001": [
        *("item", "age_days", "age_at_least", "acceptance_days", "created", "updated", "feeds", "fed_by", "comments"),
        *("last_change", "timeline", "blast_radius", "head"),
    ],
    "view": ["views", "head"],
    "dashboard": ["categories", "total", "head"],
    "map": ["nodes", "edges", "head"],
    "first": ["first", "unresolved", "assumed", "cycles", "head"],
    "first --if PD-001": ["first", "unresolved", "assumed", "cycles", "head"],
    "check": ["rules", "broken", "recorded", "cleared", "head"],
    "rule": ["rules", "head"],
    "rule list": ["rules", "head"],
    "accepted": ["accepted", "head"],
    "owners": ["owners", "head"],
    "trend": ["trend", "head"],
    "report": ["report", "trend", "head"],
    "register": ["register", "head"],
    "category": ["categories", "total", "head"],
    "history": ["changes", "head"],
    "keys": ["keys"],
    "path": ["path", "exists"],
    "verify": ["findings", "head"],
    "doctor": ["findings", "head"],
    "lint ai-debt-register.md --ignore wrong-color": ["findings", "fixed"],
    "diff ai-debt-register.md changed.md": ["changes", "lines"],
    "review list": ["reviews", "head"],
    "review show": ["review", "head"],
    "review minutes": ["minutes", "head"],
    "review diff": ["diff", "head"],
    "followups": ["followups", "head"],
    "signals": ["signals", "head"],
    "signals show 1": ["signal", "head"],
    "signals timeline FL-001": ["timeline", "head"],
    "signals rules": ["signal_rules", "head"],
    "signals ingest alerts.jsonl --from json": ["ingested"],
}


@pytest.mark.parametrize(("command", "shown"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_document_shows_what_the_program_prints(sample: Door, command: str, shown: object) -> None:
    wanted = brought_up_to_date(shown, printed_by(sample, command))
    assert json.dumps(shown, indent=1) == json.dumps(wanted, indent=1), "`make docs` writes it"


@pytest.mark.parametrize(("command", "shown"), examples(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_document_shows_what_the_schemas_allow(command: str, shown: object) -> None:
    assert problems(shlex.split(command)[1:], shown) == []


def test_the_schemas_that_are_printed_are_those_of_the_rows(bare: Door) -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == published(), "`make docs` writes it"
    names = [*DOCUMENTS, "export"]
    assert [line.partition("  ")[0] for line in bare.done("schema").lines[1:]] == names
    for name in names:
        printed = json.loads(bare.done("schema", *name.split()).out)
        Draft202012Validator.check_schema(printed)
        assert printed["description"]
    said = bare("schema", "shwo")
    assert (said.code, said.out) == (1, "")
    assert "`ai-debt schema` lists" in said.err


def test_every_command_with_json_has_a_schema() -> None:
    taking = {words for words, each in commands().items() if any(one.name == "as_json" for one in parameters(each))}
    named = {words: name_of(list(words)) for words in taking}
    assert set(DOCUMENTS) == set(named.values())
    assert {" ".join(words) for words, name in named.items() if name == CHANGES_OF_REGISTER} == set(
        re.split(r",\s+", CHANGING.strip())
    )


def test_what_the_schemas_do_not_allow_is_found() -> None:
    _, shown = examples()[0]
    assert isinstance(shown, dict)
    items = shown["items"]
    for wrong in ({"severity": "Urgent"}, {"flags": "overdue"}, {"version": None}, {"more": 1}):
        assert problems(["list"], {**shown, "items": [items[0] | wrong]}) != []
    assert problems(["list"], {"schema": 1}) != []


def test_the_document_has_an_example_of_every_read() -> None:
    words = {tuple(shlex.split(command)[1:-1]) for command, _ in examples()}
    assert {tuple(command.split()) for command in TOP} - {("category",), ("rule", "list")} <= words


@pytest.mark.parametrize("command", TOP)
def test_every_read_is_one_object_with_its_schema_first(sample: Door, command: str) -> None:
    prepare(sample, command)
    said = sample.done(*command.split(), "--json")
    assert list(said.json) == ["schema", *TOP[command]]
    assert said.json["schema"] == 1
    assert said.err == ""


def test_an_item_has_exactly_the_keys_of_the_contract(sample: Door) -> None:
    items = sample.done("list", "--json").json["items"]
    assert isinstance(items, list)
    assert len(items) == 15
    for item in items:
        assert tuple(item) == ITEM
        shown = sample.done("show", item["key"], "--json").json
        assert shown["item"] == item
        assert bool(shown["feeds"] or shown["fed_by"]) == bool(shown["blast_radius"])
    assert items[5]["status"] == "Mitigated"
    assert items[5]["status_note"] == "work continues; not fully solved"
    assert items[5]["due_on"] is None
    assert items[5]["extra"] == {}


def test_the_documented_words_are_the_ones_used(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "in-progress", "--affected", "3,000+ projects", "--due-on", "2030-01-31")
    item = sample.done("show", "EN-001", "--json").json["item"]
    assert isinstance(item, dict)
    assert item["status"] == "In Progress"
    assert item["affected"] == {"count": 3000, "percent": None, "text": "3,000+ projects"}
    assert item["due_on"] == "2030-01-31"
