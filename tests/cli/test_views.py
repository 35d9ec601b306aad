"""`ai-debt view`, and `ai-debt list --view`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.queries import overview as overview_queries

if TYPE_CHECKING:
    from tests.cli.door import Door


def keys(door: Door, *arguments: str) -> list[object]:
    """The keys that `ai-debt list` finds."""
    items = door.done("list", *arguments, "--json").json["items"]
    assert isinstance(items, list)
    return [item["key"] for item in items]


def test_views_are_listed_with_their_counts(sample: Door) -> None:
    sample.done("view", "save", "Amber debt", "component:Amber", "-severity:low")
    said = sample.done("view")
    assert said.lines[0].split() == ["View", "Items", "Unknown", "Filter"]
    assert said.lines[-1].split() == ["Amber", "debt", "4", "0", "component:Amber", "-severity:low"]
    shown = sample.done("view", "--json").answer["views"]
    assert isinstance(shown, list)
    assert [row["name"] for row in shown] == [*(row.name for row in overview_queries.BUILT_IN_VIEWS), "Amber debt"]
    for row in shown:
        assert row["items"] == len(keys(sample, "--view", row["name"]))
    escalated = next(row for row in shown if row["name"] == "Escalated")
    assert escalated["cannot_tell"] == len(sample.done("list", "is:escalated", "--json").json["cannot_tell"])


def test_a_view_is_narrowed_by_a_query(sample: Door) -> None:
    sample.done("view", "save", "By key", "status:open sort:-key")
    whole = keys(sample, "--view", "by KEY")
    assert whole == sorted(whole, reverse=True)
    assert keys(sample, "flink", "--view", "By key") == [key for key in whole if key in keys(sample, "flink")]
    assert keys(sample, "sort:key", "--view", "By key") == whole[::-1]
    said = sample("list", "--view", "Mine")
    assert said.code == 1
    assert "unknown view Mine: use one of Open, High and open," in said.err


def test_saving_renaming_and_removing(sample: Door) -> None:
    assert sample.done("view", "save", "Mine", "owner:ana").err == "Saved view Mine.\n"
    assert sample.done("view", "save", "mine", "owner:ana").err == "Nothing changed.\n"
    said = sample("view", "save", "mine", "owner:none")
    assert (said.code, "--yes" in said.err) == (2, True)
    sample.done("view", "save", "mine", "owner:none", "--yes")
    assert sample.done("view", "rename", "mine", "Nobody's").err == "Changed view Nobody's.\n"
    assert keys(sample, "--view", "nobody's") == keys(sample, "owner:none")
    assert sample.done("view", "remove", "Nobody's").err == "Removed view Nobody's.\n"
    assert sample("list", "--view", "Nobody's").code == 1
    sample.done("undo")
    assert "Nobody's" in sample.done("view").out
    for arguments, refused in (
        (("save", "Open", "flink"), "Open is a built-in view and cannot be changed"),
        (("rename", "open", "x"), "Open is a built-in view"),
        (("rename", "Nobody's", "No owner"), "No owner is a built-in view"),
        (("remove", "Fix first"), "Fix first is a built-in view"),
        (("remove", "x"), "unknown view x: use one of Nobody's"),
        (("save", "x", "severity:hgh"), "did you mean severity:high?"),
    ):
        said = sample("view", *arguments)
        assert said.code == 1
        assert refused in said.err
