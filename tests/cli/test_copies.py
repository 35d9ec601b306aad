"""The register in other formats: CSV and JSON out, JSON in, and empty registers."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from store.samples import SAMPLE_NAME, sample_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.cli.door import Door


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def edit(file: Path, key: str, **fields: object) -> None:
    """Change fields of an item in a JSON file."""
    whole = json.loads(file.read_text(encoding="utf-8"))
    next(item for item in whole["items"] if item["key"] == key).update(fields)
    file.write_text(json.dumps(whole), encoding="utf-8")


def item(door: Door, key: str) -> Mapping[str, Any]:
    shown: Any = door.done("show", key, "--json").json["item"]
    assert isinstance(shown, dict)
    return shown


def without_head(text: str) -> dict[str, object]:
    whole = json.loads(text)
    assert whole.pop("head")["digest"]
    assert isinstance(whole, dict)
    return whole


def test_items_are_written_as_csv(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned", "--owner", "=SUM(A1)")
    found = records(sample.done("export", "--format", "csv").out)
    assert len(found) == 15
    first = next(record for record in found if record["ID"] == "EN-001")
    assert first["Category"] == "Entanglement"
    assert (first["Status"], first["Status Note"], first["Owner"]) == ("Mitigated", "pinned", "'=SUM(A1)")
    assert list(first)[:5] == ["ID", "Category", "Title", "Description", "Severity"]


def test_a_file_gets_the_format_of_its_suffix(sample: Door) -> None:
    for name in ("debt.csv", "debt.JSON", "debt.txt"):
        assert sample.done("export", name).err.startswith("Exported to ")
    files = {path.name: path.read_bytes() for path in sample.home.glob("debt.*")}
    assert files["debt.csv"].startswith(b"ID,Category,")
    assert json.loads(files["debt.JSON"])["schema"] == 1
    assert files["debt.txt"] == sample_text().encode()
    assert sample.done("export", "debt.csv").err.endswith("debt.csv is up to date.\n")
    sample.done("export", "csv.md", "--format", "csv")
    assert (sample.home / "csv.md").read_bytes() == files["debt.csv"]


def test_a_copy_leaves_the_register_and_its_document_alone(sample: Door) -> None:
    before = sample.done("verify").out
    sample.done("export", "debt.json")
    sample.done("export", "debt.csv")
    assert sample.done("verify").out == before
    assert sample.done("export", SAMPLE_NAME).err.endswith("up to date: nothing changed.\n")
    assert (sample.home / SAMPLE_NAME).read_bytes() == sample_text().encode()


def test_json_makes_the_same_register_elsewhere(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned", "--due-on", "2027-03-31")
    text = sample.done("export", "--format", "json")
    sample.done("import", "-", "--yes", "--db", "other.db", stdin=text.raw)
    again = sample.done("export", "--format", "json", "--db", "other.db").out
    assert without_head(again) == without_head(text.out)
    document = sample.done("export", "--db", "other.db").raw
    sample.done("import", "-", "--yes", "--db", "third.db", stdin=document)
    third = sample.done("export", "--format", "json", "--db", "third.db").out
    assert json.loads(third)["dependencies"] == json.loads(text.out)["dependencies"]


def test_what_was_changed_in_json_is_taken_over_and_the_document_stays_the_template(sample: Door) -> None:
    sample.done("export", "debt.json")
    edit(sample.home / "debt.json", "EN-001", severity="Critical", owner="Ann")
    said = sample.done("import", "debt.json", "--yes")
    assert "2 fields changed" in said.err
    assert (item(sample, "EN-001")["severity"], item(sample, "EN-001")["owner"]) == ("Critical", "Ann")
    sample.done("export", SAMPLE_NAME)
    lines = (sample.home / SAMPLE_NAME).read_text(encoding="utf-8").splitlines()
    assert "## Debt Dependency Map" in lines
    assert next(line for line in lines if line.startswith("| EN-001 |")).count("Critical") == 1
    sample.done("undo", "--yes")
    assert item(sample, "EN-001")["owner"] is None


def test_json_adds_and_removes_items(sample: Door) -> None:
    sample.done("export", "debt.json")
    file = sample.home / "debt.json"
    whole = json.loads(file.read_text(encoding="utf-8"))
    whole["items"] = [each for each in whole["items"] if each["key"] != "BE-002"]
    whole["items"].append({"key": "EN-009", "category": "EN", "description": "Two jobs write one table."})
    whole["dependencies"].append({"source": "EN-009", "target": "EN-001", "label": "hides"})
    file.write_text(json.dumps(whole), encoding="utf-8")
    sample.done("import", "debt.json", "--yes")
    assert item(sample, "BE-002")["key"] == "BE-002"
    sample.done("import", "debt.json", "--yes", "--prune")
    assert sample("show", "BE-002").code == 1
    assert item(sample, "EN-009")["severity"] is None
    text = sample.done("export").out
    assert "Two jobs write one table." in text
    assert "| BE-002 |" not in text
    sample.done("import", "-", "--yes", stdin=text.encode())


def test_an_older_copy_takes_nothing_back(sample: Door) -> None:
    sample.done("export", "debt.json")
    sample.done("set", "EN-001", "--owner", "Bo")
    edit(sample.home / "debt.json", "EN-002", owner="Ann")
    sample.done("import", "debt.json", "--yes")
    assert (item(sample, "EN-001")["owner"], item(sample, "EN-002")["owner"]) == ("Bo", "Ann")


def test_what_both_changed_is_asked_about(sample: Door) -> None:
    sample.done("export", "debt.json")
    sample.done("set", "EN-001", "--owner", "Bo")
    edit(sample.home / "debt.json", "EN-001", owner="Ann")
    refused = sample("import", "debt.json", "--yes")
    assert refused.code == 1
    assert "--prefer" in refused.err
    sample.done("import", "debt.json", "--yes", "--prefer", "file")
    assert item(sample, "EN-001")["owner"] == "Ann"


@pytest.mark.parametrize("name", ["debt.json", "debt.csv"])
def test_a_changed_copy_is_not_written_over(sample: Door, name: str) -> None:
    sample.done("export", name)
    file = sample.home / name
    changed = file.read_text(encoding="utf-8").replace("Entanglement", "Entangled")
    file.write_text(changed, encoding="utf-8", newline="")
    refused = sample("export", name)
    assert refused.code == 1
    assert "--force" in refused.err
    assert file.read_text(encoding="utf-8") == changed
    sample.done("export", name, "--force")
    assert "Entangled" not in file.read_text(encoding="utf-8")


def test_json_that_the_register_knows_is_written_over(sample: Door) -> None:
    sample.done("export", "debt.json")
    sample.done("set", "EN-001", "--owner", "Bo")
    assert sample.done("export", "debt.json").err.startswith("Exported to ")
    assert '"owner": "Bo"' in (sample.home / "debt.json").read_text(encoding="utf-8")
    edit(sample.home / "debt.json", "EN-002", owner="Ann")
    assert sample("export", "debt.json").code == 1
    sample.done("import", "debt.json", "--yes")
    sample.done("export", "debt.json")


def test_what_is_wrong_in_json_is_named_with_its_line(bare: Door) -> None:
    text = '{"schema": 1, "register": {}, "categories": [],\n "items": [{"key": "A-1", "category": "A"}]}'
    said = bare("import", "-", "--yes", stdin=text.encode())
    assert said.code == 1
    assert "line 2: items[0]: A-1 is in the category A, which is not among the categories" in said.err
    assert not bare.database.exists()


@pytest.mark.parametrize("form", ["markdown", "csv", "json"])
def test_a_blank_register_needs_no_database(bare: Door, form: str) -> None:
    text = bare.done("export", "--blank", "--format", form).out
    assert not bare.database.exists()
    if form == "csv":
        assert records(text) == []
        return
    bare.done("import", "-", "--yes", stdin=text.encode())
    assert len(json.loads(bare.done("export", "--format", "json").out)["categories"]) == 7
    assert bare.done("list", "--json").json["items"] == []


def test_a_blank_register_has_the_categories_and_columns_of_the_present_one(begun: Door) -> None:
    begun.done("category", "add", "ZZ", "Odds and ends")
    begun.done("add", "--category", "ZZ", "--severity", "low", "--description", "Some.", "--owner", "Ann")
    begun.done("export", "--blank", "blank.md")
    text = (begun.home / "blank.md").read_text(encoding="utf-8")
    assert "### Odds and ends" in text
    assert "| Owner |" in text
    assert "Ann" not in text
    assert "Search" not in text
    begun.done("import", "blank.md", "--yes", "--db", "new.db")
    assert begun.done("list", "--json", "--db", "new.db").json["items"] == []
    assert "no register at no.db" in begun.done("export", "--blank", "--db", "no.db").err
