"""The HTML of a report: its tables are its JSON, it loads and runs nothing, and whoever reads it can."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from importlib.resources import files
from itertools import pairwise, permutations
from typing import TYPE_CHECKING, Any

import pytest

from store.commands.categories import add_category
from store.commands.dependencies import link
from store.commands.items import add_item, edit_items
from store.db.database import Database
from store.queries.report import LISTED, report
from tests.report.parsed import Element, parsed, tables
from tests.report.scenario import NOW, live
from tui.cli.insights import trend_report
from tui.cli.json import encode
from tui.report.html import STYLE, html
from tui.report.markdown import markdown
from tui.report.page import page

if TYPE_CHECKING:
    from pathlib import Path

Json = Any
HOSTILE = (
    "</style><script>alert(1)</script>",
    "</title></table><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}{# x #}",
    "<!-- --> ]]> <i>",
    '" onmouseover="alert(1)',
    "javascript:alert(1)",
    "esc \x1b[31m bell \x07 c1 \x9b31m del \x7f",
    "bidi \u202e reversed \u2066 isolated",
    "zero \u200b width \u2060 tag \U000e0041",
    "wide 漢字 emoji 👩‍🚀 a" + "\u0301" * 30,
    " ".join(["long"] * 10),
    "w" * 50,
)
"""What the texts of a register end in."""


def rendered(path: Path) -> tuple[str, Json, Json]:
    """The HTML of a register's report, and as JSON the report and its trend."""
    with Database.open(path, clock=lambda: NOW) as db:
        found = report(db)
    return html(page(found), found.trend), encode(found), encode(trend_report(found.trend))


@pytest.fixture
def document(lived: Path) -> Element:
    """The parsed document of the register with a history."""
    return parsed(rendered(lived)[0])


def number(value: int) -> str:
    return f"{value:,}"


OWNED = ("open", "critical", "high", "unrated", "escalated", "overdue", "items")


def rated(row: Json) -> list[str]:
    return [row["severity"] or "unrated", row["status"]]


def expected(found: Json, trend: Json) -> dict[str, list[list[str]]]:
    """The tables that follow from the JSON."""
    now, then = found["counts"], found["before"]
    names = {"open": "Open", "in_progress": "In Progress", "mitigated": "Mitigated", "accepted": "Accepted"}
    points, months = trend["points"], trend["months"]
    severities = [
        (at, each["severity"] or "unrated")
        for at, each in enumerate(points[-1]["severities"])
        if each["severity"] in ("High", "Medium", "Low") or any(point["severities"][at]["open"] for point in points)
    ]
    return {
        "counts": [
            [label, number(then[name]), number(now[name]), f"{now[name] - then[name]:+,}".replace("+0", "0")]
            for name, label in {**names, "total": "Total"}.items()
        ],
        "moved": [
            [row["key"], row["title"], group["effect"].capitalize(), *rated(row), row["by"], row["note"] or ""]
            for group in found["movement"]
            if group["effect"] != "changed"
            for row in group["items"]
        ],
        **{
            name: [
                [row["key"], row["title"], *rated(row), row["owner"] or "unassigned", row["reason"]]
                for row in found[name]
            ]
            for name in ("contradicted", "escalated", "overdue")
        },
        "first": [
            [row["key"], row["title"], *rated(row), row["owner"] or "unassigned", f"{row['score']:.2f}", row["reason"]]
            for row in found["first"]
        ],
        "acceptances": [
            [row["key"], row["title"], row["severity"], row["by"], row["why"], end(row)] for row in found["acceptances"]
        ],
        "owners": [
            [
                row["owner"] or "unassigned",
                *(
                    number(row[each])
                    for each in ("open", "critical", "high", "unrated", "escalated", "overdue", "items")
                ),
                f"{row['oldest_days']}{'+' if row['oldest_at_least'] else ''} days",
            ]
            for row in found["owners"]
        ],
        "categories": [
            [row["name"], *(number(row[each]) for each in (*names, "total"))] for row in found["categories"]
        ],
        "trend-status": [
            [point["day"], *(number(point[name]) for name in ("open", "mitigated", "accepted"))] for point in points
        ],
        "trend-severity": [
            [point["day"], *(number(point["severities"][at]["open"]) for at, _ in severities)] for point in points
        ],
        "trend-flow": [
            [
                month["month"],
                *(number(month[name]) for name in ("added", "reopened", "inflow")),
                *(number(month[name]) for name in ("mitigated", "accepted", "removed", "outflow")),
                days(month["time_to_mitigate"]),
            ]
            for month in months
        ],
        "decisions": [
            [row["key"], row["title"], "; ".join(row["what"]), row["status"], row["by"]]
            for row in found["review"]["decisions"]
        ],
        "follow-ups": [
            [
                *(row["key"], row["text"], row["owner"] or "unassigned"),
                f"{row['due_on']}, overdue by {row['overdue_days']} days" if row["due_on"] else "no date",
            ]
            for row in found["follow_ups"]
        ],
    }


def end(row: Json) -> str:
    words = f"ended {-row['days']} days ago" if row["days"] < 0 else f"ends in {row['days']} days"
    return f"{row['until']}, {words}"


def days(mean: Json) -> str:
    return "-" if mean["days"] is None else f"{mean['days']:.0f}{'+' * mean['at_least']}"


def test_the_tables_are_those_of_the_json(lived: Path) -> None:
    text, found, trend = rendered(lived)
    shown = tables(parsed(text))
    links = shown.pop("map")
    wanted = expected(found, trend)
    assert list(shown) == list(wanted)
    for name, rows in wanted.items():
        assert shown[name] == rows, name
        assert rows, name
    assert [(row[0].split()[0], row[1], row[2].split()[0]) for row in links] == [
        (each["source"], each["label"], each["target"]) for each in found["map"]["links"]
    ]


def test_the_head_has_the_numbers_of_the_json(lived: Path) -> None:
    text, found, _ = rendered(lived)
    document = parsed(text)
    (figures,) = document.all("dl")
    shown = {div.all("dt")[0].text: div.all("dd")[0].text.split() for div in figures.all("div")}
    flags = found["flagged"]
    assert shown == {
        "Open": ["9", "-1"],
        "Mitigated": ["5"],
        "Accepted": ["2", "+1"],
        "Contradicted": [str(flags["contradicted"])],
        "Escalated": [str(flags["escalated"])],
        "Overdue": [str(flags["overdue"])],
        "Acceptance ended": [str(flags["ended"])],
    }
    words = " ".join(document.all("header")[0].text.split())
    assert "9 open, 5 mitigated, 2 accepted, 16 in total; 1 fewer open than on 2026-11-02." in words


LOADING = ("script", "img", "iframe", "object", "embed", "base", "form", "input", "image", "use", "audio", "video")


def test_it_loads_nothing_and_runs_nothing(document: Element) -> None:
    allowed = {"http-equiv", "content", "charset", "name", "lang", "rel"}
    for element in document.walk():
        assert element.tag not in (
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "input",
            "image",
            "use",
        )
        for name, value in element.attributes.items():
            assert name not in ("src", "style", "srcset", "action", "xlink:href"), element
            assert not name.startswith("on"), element
            assert name != "href" or value == "data:," or value.startswith("#"), element
            assert name in allowed or "://" not in value, element
    (style,) = document.all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_the_policy_allows_only_its_own_style(document: Element) -> None:
    (policy,) = [each for each in document.all("meta") if each.attributes.get("http-equiv")]
    (style,) = document.all("style")
    digest = base64.b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    assert policy.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    # A policy holds for what comes after it.
    order = [each.tag for each in document.all("meta", "style", "link")]
    assert order.index("style") > order.index("meta")


def test_a_screen_reader_finds_its_way(document: Element) -> None:
    assert document.attributes == {"lang": "en"}
    levels = [int(each.tag[1]) for each in document.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(document.all(landmark)) == 1
    ids = [each.attributes["id"] for each in document.walk() if "id" in each.attributes]
    assert len(set(ids)) == len(ids)
    for element in document.walk():
        named = element.attributes.get("aria-labelledby", "").split()
        named += [href[1:] for href in [element.attributes.get("href", "")] if href.startswith("#")]
        assert set(named) <= set(ids), element
    by_id = {each.attributes["id"]: each.text for each in document.walk() if "id" in each.attributes}
    regions = [each for each in document.walk() if each.tag == "section" or each.attributes.get("role") == "region"]
    names = [each.attributes.get("aria-label") or by_id[each.attributes["aria-labelledby"]] for each in regions]
    assert len(set(names)) == len(names)
    (skip,) = [each for each in document.all("a") if each.attributes.get("class") == "skip"]
    assert skip.attributes["href"] == f"#{document.all('main')[0].attributes['id']}"


def test_tables_have_captions_and_headings(document: Element) -> None:
    found = document.all("table")
    assert len(found) == 15
    for table in found:
        assert table.all("caption")[0].text
        (head,) = table.all("thead")
        assert all(cell.attributes["scope"] == "col" for cell in head.all("th"))
        for row in table.all("tbody")[0].all("tr"):
            first = next(each for each in row.content if isinstance(each, Element))
            assert (first.tag, first.attributes["scope"]) == ("th", "row")
            assert len(row.all("th", "td")) == len(head.all("th"))
    regions = [each for each in document.all("div") if each.attributes.get("role") == "region"]
    assert len(regions) == len(found) + 1
    assert all(each.attributes["tabindex"] == "0" for each in regions)


def test_charts_and_the_map_say_what_they_show(document: Element) -> None:
    pictures = [each for each in document.all("svg") if "aria-hidden" not in each.attributes]
    assert len(pictures) == 4
    for picture in pictures:
        title, desc = (each for each in picture.content[:2] if isinstance(each, Element))
        assert (title.tag, desc.tag) == ("title", "desc")
        assert picture.attributes["role"] == "img"
        assert picture.attributes["aria-labelledby"] == f"{title.attributes['id']} {desc.attributes['id']}"
    status, severity, flow, _ = (picture.all("desc")[0].text for picture in pictures)
    assert status == "From 2025-11-30 to 2026-11-30: open 9, from 11; mitigated 5, from 4; accepted 2, from 0."
    assert severity.endswith("Critical 1, from 0; High 7, from 6; Medium 1, from 5; Low 0, from 0.")
    assert flow == ("From 2025-11 to 2026-11: added 3 (new, reopened); resolved 5 (mitigated, accepted, removed).")


def series(chart: Element, role: str, tag: str) -> list[Element]:
    """What a chart draws of a series."""
    groups = [each for each in chart.all("g") if each.attributes.get("class") == f"series {role}"]
    return [each for group in groups for each in group.all(tag)]


def test_a_chart_draws_its_numbers(lived: Path) -> None:
    text, _, trend = rendered(lived)
    status, _, flow = (each for each in parsed(text).all("svg") if each.attributes.get("class") == "chart")
    for role in ("open", "mitigated", "accepted"):
        dots = [float(each.attributes["cy"]) for each in series(status, role, "circle")]
        values = [point[role] for point in trend["points"]]
        # More is higher, and each item takes the same distance.
        highest, lowest = max(values), min(values)
        unit = (max(dots) - min(dots)) / (highest - lowest)
        assert [round((max(dots) - dot) / unit) + lowest for dot in dots] == values
    unit = max(float(each.attributes["height"]) for each in series(flow, "mitigated", "rect")) / 4
    for role, name in (("open", "inflow"), ("mitigated", "outflow")):
        bars = [float(each.attributes["height"]) for each in series(flow, role, "rect")]
        assert [round(height / unit) for height in bars] == [month[name] for month in trend["months"]]


def skeleton(element: Element) -> list[tuple[str, str]]:
    """The elements of a document with their classes, without the map and what follows from the length of texts."""
    if element.attributes.get("class") == "map":
        return []
    kind = element.attributes.get("class", "")
    own = [(element.tag, "" if kind in ("key", "long") else kind)]
    return own + [each for child in element.content if isinstance(child, Element) for each in skeleton(child)]


@pytest.fixture(scope="session")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """The skeleton of the same register with harmless texts."""
    path = tmp_path_factory.mktemp("harmless") / "register.db"
    live(path, " harmless")
    return skeleton(parsed(rendered(path)[0]))


@pytest.mark.parametrize("mark", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(harmless: list[tuple[str, str]], tmp_path: Path, mark: str) -> None:
    path = tmp_path / "hostile.db"
    live(path, f" {mark}")
    text, found, _ = rendered(path)
    document = parsed(text)
    assert skeleton(document) == harmless
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]", text)
    shown = document.text
    if mark.isascii() and mark.isprintable() and len(mark) < 60:
        # In every place: titles, names, notes, labels and so on.
        assert shown.count(mark) > 70
        assert mark in document.all("title")[0].text
        assert mark in document.all("h1")[0].text
    assert max(len(cell.text) for cell in document.all("td", "th")) < 620
    assert found["title"].startswith("AI Debt Register")


def test_names_keep_all_of_their_characters_and_titles_are_without_marks(db: Database) -> None:
    owners = ["*ops*", "[ops](javascript:alert(1))", "`ops`"]
    for key, owner in zip(("EN-001", "EN-002", "PD-001"), owners, strict=True):
        edit_items(db, [key], {"owner": owner, "title": f"**{key}** of `ops`"})
    found = report(db)
    shown = tables(parsed(html(page(found), found.trend)))
    assert {row[0] for row in shown["owners"]} >= set(owners)
    assert [row[:2] + row[4:5] for row in shown["escalated"]] == [
        ["EN-001", "EN-001 of ops", "*ops*"],
        ["EN-002", "EN-002 of ops", "[ops](javascript:alert(1))"],
    ]


@pytest.mark.parametrize(("more", "words"), [(1, "Not listed: 1 new item."), (2, "Not listed: 2 new items.")])
def test_what_is_not_listed_is_counted(db: Database, more: int, words: str) -> None:
    # The register has one new item.
    for at in range(LISTED - 1 + more):
        add_item(db, {"category": "EN", "description": f"item {at}"})
    found = report(db)
    assert words in parsed(html(page(found), found.trend)).text


def test_texts_of_4000_characters_are_cut(db: Database) -> None:
    edit_items(db, ["DD-002"], {"status_note": " ".join(["reason"] * 570)})
    found = report(db)
    rows = tables(parsed(html(page(found), found.trend)))["acceptances"]
    (why,) = [row[4] for row in rows if row[0] == "DD-002"]
    assert why.startswith("reason reason")
    assert why.endswith("reason…")
    assert len(why) <= 301


def test_a_large_register_has_a_short_page(db: Database) -> None:
    small = len(html(page(report(db)), report(db).trend))
    keys = [
        add_item(db, {"category": code, "description": f"item {at}", "owner": f"owner {at}"}).keys[0]
        for at in range(100)
        for code in ("EN", "PD")
    ]
    for source, target in pairwise(keys):
        link(db, source, target, "feeds")
    link(db, keys[0], keys[2], "feeds")
    found = report(db)
    text = html(page(found), found.trend)
    assert len(text) < 2 * small
    words = " ".join(parsed(text).text.split())
    assert "Not listed: 181 new items." in words
    assert "The first 10 of 209 open items." in words
    assert "The first 20 of 105 owners." in words
    assert "209 items with 207 dependencies, counted by category." in words
    assert tables(parsed(text))["map"][0] == ["Entanglement", "Pipeline Debt", "100"]


# The contrast of two colors: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
def luminance(color: str) -> float:
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colors() -> dict[str, dict[str, str]]:
    """The colors of the stylesheet by name, light and dark."""
    style = files("tui.report").joinpath(STYLE).read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*--[^}]*)\}", style)
    light, dark = (dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", block)) for block in blocks)
    rest = re.sub(r":root \{[^}]*\}", "", style)
    assert not re.search(r"#[0-9a-f]{3,8}\b(?=[;\s])|rgb|hsl|opacity", rest), "colors are named in one place"
    assert light.keys() == dark.keys()
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_in_both_schemes(scheme: str) -> None:
    named = colors()[scheme]
    grounds = {name: named.pop(name) for name in ("ground", "raised")}
    named.pop("rule")
    for name, color in named.items():
        for ground in grounds.values():
            assert contrast(color, ground) >= 4.5, name


def test_the_measure_of_contrast_is_right() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_drawing_charts_leaves_no_old_hook_in_imports(lived: Path) -> None:
    rendered(lived)
    assert [each for each in sys.meta_path if not hasattr(each, "find_spec")] == []
    with pytest.raises(ModuleNotFoundError):
        __import__("no_such_module_at_all")


def test_a_map_of_too_many_categories_is_only_a_table(db: Database) -> None:
    codes = [f"C{at}" for at in range(8)]
    for code in codes:
        add_category(db, code=code, name=code)
    keys = [add_item(db, {"category": code, "description": code}).keys[0] for code in codes]
    for source, target in permutations(keys, 2):
        link(db, source, target, "feeds")
    found = report(db)
    document = parsed(html(page(found), found.trend))
    assert (found.map.by_category, len(found.map.links), found.map.links_total) == (True, 20, 63)
    assert [each for each in document.all("svg") if each.attributes.get("class") == "map"] == []
    assert len(tables(document)["map"]) == 20
    assert "The first 20 of 63 pairs of categories." in document.text
    assert "mermaid" not in markdown(page(found))
