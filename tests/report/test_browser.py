"""A real browser shows a report without a word, a request or a sideways scroll, and prints it on A4."""

from __future__ import annotations

import re
import struct
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.db.database import Database
from store.queries.report import report
from tests.monitoring.programs import program
from tests.report.browser import CHROMIUM, Browser
from tests.report.parsed import parsed, tables
from tests.report.scenario import NOW, live
from tui.report.html import html
from tui.report.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

HOSTILE = " </style></title><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"[:56]
CELLS = """
[...document.querySelectorAll("table")].map(table => [
    table.id.replace("table-", ""),
    [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent.trim())),
])
"""
UNREADABLE = """
(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    const rgb = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = color => {
        const [r, g, b] = rgb(color).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = element => {
        for (let each = element; each; each = each.parentElement)
            if (rgb(getComputedStyle(each).backgroundColor)[3]) return getComputedStyle(each).backgroundColor;
    };
    const bad = [];
    for (const element of document.querySelectorAll("body *, svg text")) {
        if (![...element.childNodes].some(each => each.nodeType === 3 && each.data.trim())) continue;
        if (["title", "desc"].includes(element.tagName)) continue;
        const style = getComputedStyle(element);
        const ink = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
        const [one, other] = [light(ink), light(ground(element))].sort((a, b) => b - a);
        if ((one + 0.05) / (other + 0.05) < 4.5) bad.push(`${element.tagName} ${ink} on ${ground(element)}`);
    }
    return bad;
})()
"""
"""Texts whose colors are too much alike, as the browser computes them."""
TOO_WIDE = """
[...document.querySelectorAll("table")].filter(table => table.offsetWidth > table.parentElement.clientWidth)
    .map(table => table.id)
"""


AXIS_NAMES = """
[...document.querySelectorAll(".chart")].map(chart =>
    [...chart.querySelectorAll(".axis.x text")].filter(text => text.textContent.trim())
        .map(text => text.getBoundingClientRect()).map(box => [box.left, box.right]).sort((a, b) => a[0] - b[0]))
"""
"""Where the names of the x axis of each chart begin and end."""
BROKEN_KEYS = """
(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), bad = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        for (const found of node.data.matchAll(/\\b[A-Z]{2}-\\d{3}\\b|\\b\\d{4}-\\d\\d-\\d\\d\\b/g)) {
            const range = document.createRange();
            range.setStart(node, found.index);
            range.setEnd(node, found.index + found[0].length);
            if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) bad.push(found[0]);
        }
    return bad;
})()
"""
"""The keys and dates that are on two lines."""


def written(register: Path, folder: Path, *, moment: datetime = NOW) -> Path:
    """The report of a register as a file."""
    with Database.open(register, clock=lambda: moment) as db:
        found = report(db)
    file = folder / "report.html"
    file.write_text(html(page(found), found.trend), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests of this file."""
    program(CHROMIUM)
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the register with a history."""
    return written(lived, tmp_path_factory.mktemp("report"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400, 320])
def test_it_opens_without_a_message_or_a_request(browser: Browser, file: Path, width: int, scheme: str) -> None:
    browser.show(width, scheme=scheme)
    seen = browser.open(file.as_uri())
    assert seen.requests == (file.as_uri(),)
    assert seen.messages == ()
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    assert browser.evaluate(UNREADABLE) == []
    ground = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 28)"}[scheme]


def test_the_style_applies_and_charts_have_their_dashes(browser: Browser, file: Path) -> None:
    browser.show(1280)
    browser.open(file.as_uri())
    dashes = 'getComputedStyle(document.querySelector(".chart .series.{} .line")).strokeDasharray'
    found = {role: browser.evaluate(dashes.format(role)) for role in ("open", "mitigated", "accepted")}
    assert len(set(found.values())) == 3
    assert found["open"] == "none"


def test_its_tables_are_what_was_written(browser: Browser, file: Path) -> None:
    browser.open(file.as_uri())
    found = browser.evaluate(CELLS)
    assert isinstance(found, list)
    assert dict(found) == tables(parsed(file.read_text(encoding="utf-8")))


def test_the_keyboard_reaches_the_report_and_shows_where_it_is(browser: Browser, file: Path) -> None:
    browser.show(1280)
    browser.open(file.as_uri())
    for kind in ("keyDown", "keyUp"):
        browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert browser.evaluate("document.activeElement.className") == "skip"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().top") > 0  # type: ignore[operator]
    assert browser.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_what_would_be_a_request_or_a_script_is_refused(browser: Browser, file: Path, tmp_path: Path) -> None:
    """The policy is what keeps a page silent, should anything ever get in."""
    text = file.read_text(encoding="utf-8")
    more = '<script>window.ran = 1</script><img src="http://127.0.0.1:9/x.png"><p style="color: red">x</p>'
    spoiled = tmp_path / "spoiled.html"
    spoiled.write_text(text.replace("</main>", f"{more}</main>"), encoding="utf-8")
    seen = browser.open(spoiled.as_uri())
    assert browser.evaluate("typeof window.ran") == "undefined"
    assert sum("Content Security Policy" in each for each in seen.messages) >= 3


def test_hostile_text_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    live(tmp_path / "hostile.db", HOSTILE)
    seen = browser.open(written(tmp_path / "hostile.db", tmp_path).as_uri())
    assert len(seen.requests) == 1
    assert seen.messages == ()
    assert browser.evaluate('document.querySelectorAll("script, img").length') == 0
    assert HOSTILE.strip() in str(browser.evaluate('document.querySelector("h1").textContent'))


def test_long_words_make_no_table_wider_than_a_window_or_paper(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    live(path, f" {'long' * 10}")
    with Database.open(path, clock=lambda: NOW) as db:
        edit_items(db, ["EN-001"], {"title": "T" * 400, "owner": "o" * 200})
        edit_items(db, ["PD-001"], {"title": f"https://example.org/{'path/' * 60}", "owner": "x" * 100})
    file = written(path, tmp_path)
    for media, width in (("screen", 1280), ("print", 688)):
        browser.show(width)
        browser.call("Emulation.setEmulatedMedia", media=media)
        browser.open(file.as_uri())
        assert browser.evaluate(TOO_WIDE) == []
    browser.show(1280)


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("days", [0, 2, 32])
def test_no_two_names_of_an_axis_touch(browser: Browser, lived: Path, tmp_path: Path, days: int, width: int) -> None:
    browser.show(width)
    browser.open(written(lived, tmp_path, moment=NOW + timedelta(days=days)).as_uri())
    found = browser.evaluate(AXIS_NAMES)
    assert isinstance(found, list)
    assert len(found) == 3
    for names in found:
        assert 4 <= len(names) <= 7
        assert all(before[1] + 3 < after[0] for before, after in pairwise(names))
        assert all(left >= 0 and right <= width for left, right in names)


def test_keys_and_dates_are_not_broken_at_their_hyphens(browser: Browser, file: Path) -> None:
    browser.show(400)
    browser.open(file.as_uri())
    assert browser.evaluate(BROKEN_KEYS) == []


def test_names_of_usual_length_are_not_broken(browser: Browser, file: Path) -> None:
    browser.show(1280)
    browser.open(file.as_uri())
    assert browser.evaluate('document.querySelectorAll(".long").length') == 0


def test_it_prints_on_a4(browser: Browser, file: Path) -> None:
    # Whatever the reader's setting is, paper is white.
    browser.show(1280, scheme="dark")
    browser.open(file.as_uri())
    document = browser.pdf()
    assert document.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
    assert 4 <= len(re.findall(rb"/Type /Page\b", document)) <= 7


def test_its_picture_is_not_blank(browser: Browser, file: Path) -> None:
    browser.show(1280)
    browser.open(file.as_uri())
    picture = browser.picture()
    width, height = struct.unpack(">II", picture[16:24])
    assert width == 1280
    assert height > 3000
    assert len(picture) > 100_000
