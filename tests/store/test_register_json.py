"""A whole register as JSON and back, what is refused, and the schema that is published."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.enums import Severity, Status
from store.fields import JSON_ORDER, Affected
from store.formats.document.reader import read
from store.formats.register_json import (
    Copy,
    is_json,
    json_schema,
    read_json,
    schema_text,
    write_json,
)
from store.samples import sample_text
from tests.program import ROOT
from tests.store.hostile import Hostile

if TYPE_CHECKING:
    from store.formats.document.model import Register


def sample() -> Register:
    register = read(sample_text()).register
    assert register is not None
    return register


def without_origins(register: Register) -> Register:
    """A register as if it came from no document."""
    return register._replace(
        categories=tuple(each._replace(origin=None) for each in register.categories),
        items=tuple(each._replace(origin=None) for each in register.items),
    )


def parts(**changes: Any) -> dict[str, Any]:
    """A small register in JSON, with some parts changed."""
    whole: dict[str, Any] = {
        "schema": 1,
        "register": {"title": "Debt of the search"},
        "categories": [{"code": "PD", "name": "Pipelines"}],
        "items": [{"key": "PD-1", "category": "PD", "description": "Jobs fail in silence."}],
    }
    return whole | changes


def refused(**changes: Any) -> list[str]:
    """What is wrong with a small register."""
    return [f"{each.line}: {each.what}" for each in read_json(json.dumps(parts(**changes), indent=1)).problems]


def item(**changes: Any) -> dict[str, Any]:
    return {"items": [{"key": "PD-1", "category": "PD", **changes}]}


def test_the_sample_comes_back_whole() -> None:
    register = sample()
    reading = read_json(write_json(register, Copy(33, "ab" * 32)))
    assert reading.problems == ()
    assert reading.register == without_origins(register)
    assert reading.copy == Copy(33, "ab" * 32)


@settings(deadline=None)
@given(st.integers(0, 2**64))
def test_a_register_of_any_text_comes_back_whole(seed: int) -> None:
    register = without_origins(Hostile(Random(seed)).register())
    text = write_json(register)
    assert is_json(text)
    reading = read_json(text)
    assert reading.problems == ()
    assert reading.register == register
    assert write_json(reading.register) == text
    jsonschema.validate(json.loads(text), json_schema(), format_checker=jsonschema.FormatChecker())


def test_what_is_left_out_is_absent() -> None:
    reading = read_json(json.dumps(parts()))
    assert reading.problems == ()
    assert reading.register is not None
    (only,) = reading.register.items
    assert (only.severity, only.status, only.components, only.extra) == (None, Status.OPEN, (), ())
    assert reading.register.dependencies == ()
    jsonschema.validate(parts(), json_schema())


def test_a_hand_may_write_less() -> None:
    changes = item(severity="Critical", components="Ranker", affected="12 %", key="pd-1", category="pd")
    found = read_json(json.dumps(parts(**changes))).register
    assert found is not None
    (only,) = found.items
    assert (only.severity, only.components, only.category) == (Severity.CRITICAL, ("Ranker",), "PD")
    assert only.affected == Affected("12 %", percent=12.0)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (item(severity="Huge"), '14: items[0].severity: "Huge" is not one of Critical, High, Medium, Low'),
        (item(status="open"), '14: items[0].status: "open" is not one of Open, In Progress, Mitigated, Accepted'),
        (item(due_on="05/11/2026"), '14: items[0].due_on: "05/11/2026" is not a date'),
        (item(due_on="2026-02-30"), '14: items[0].due_on: "2026-02-30" is not a date'),
        (item(title=7), "14: items[0].title: is not a string"),
        (item(owner="A\0"), "14: items[0]: owner contains a NUL character"),
        (item(extra=["x"]), "14: items[0].extra: is not an object"),
        (item(key="no key"), "14: items[0]: 'no key' is not an item key"),
        (item(category="XY"), "14: items[0]: PD-1 is in the category XY, which is not among the categories"),
        ({"items": parts()["items"] * 2}, "14: items[1]: the key PD-1 is used twice"),
        ({"categories": parts()["categories"] * 2}, "8: categories[1]: the code PD is used twice"),
        (
            {"dependencies": [{"source": "PD-1", "target": "PD-9"}]},
            '21: dependencies[0]: "PD-9" is not the key of an item',
        ),
        ({"dependencies": {}}, "1: dependencies: is not a list"),
        ({"dependencies": [3]}, "1: dependencies[0]: is not an object"),
        ({"register": {"project_total": -1}}, "1: register.project_total: is not a number of projects"),
        ({"register": 3}, "1: this JSON is not a register: it needs `register` and `items`"),
        ({"schema": 2}, "1: the schema of this JSON is 2, and only 1 can be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(changes: dict[str, Any], what: str) -> None:
    assert refused(**changes) == [what]


@pytest.mark.parametrize(
    "text", ['{"a": }', '{"a": NaN}', '{"a": ' + "[" * 100_000, '{"a": ' + "9" * 10_000 + "}", '{"']
)
def test_what_is_not_json_is_refused(text: str) -> None:
    reading = read_json(text)
    assert reading.register is None
    assert len(reading.problems) == 1


def test_documents_are_not_taken_for_json() -> None:
    assert is_json('\ufeff\n{\n "schema": 1}')
    assert not any(map(is_json, ["# Debt", "{% include x %}", "{{ page }}", "{#top}", "", "[1]", '"a","b"']))


def test_the_published_schema_is_the_programs() -> None:
    published = (ROOT / "docs" / "register.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), "`make docs` writes it"
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


def test_the_schema_describes_every_field() -> None:
    text = write_json(sample(), Copy(1, "0" * 64))
    jsonschema.validate(json.loads(text), json_schema(), format_checker=jsonschema.FormatChecker())
    properties: Any = json_schema()["properties"]
    assert set(properties["items"]["items"]["properties"]) == {*JSON_ORDER, "components_text", "links_text", "extra"}
    assert set(json.loads(text)["items"][0]) == {*JSON_ORDER, "components_text", "links_text", "extra"}
    for wrong in (item(severity="Huge"), item(due_on="soon"), {"items": [{}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(parts(**wrong), json_schema())
