"""CSV: records and cells with their places, delimiters, quotes, line ends, and formulas made harmless."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from store.formats.tabular import (
    DELIMITERS,
    neutralize,
    restore,
    scan,
    write_cell,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUES = st.text(
    alphabet=st.one_of(st.sampled_from("ab'\"=-,;|\t\r\n \ufeff"), st.characters(codec="utf-8")), max_size=8
)
ROWS = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(VALUES, min_size=columns, max_size=columns), min_size=1, max_size=5)
)


def values(text: str, delimiter: str | None = None) -> list[tuple[str, ...]]:
    return [record.values for record in scan(text, delimiter).records]


def test_cells_know_their_places() -> None:
    text = 'Ref;Debt\r\nD-1;"two; halves, ""quoted""\r\nand a line"\r\n'
    scanned = scan(text)
    assert scanned.delimiter == ";"
    assert [record.values for record in scanned.records] == [
        ("Ref", "Debt"),
        ("D-1", 'two; halves, "quoted"\r\nand a line'),
    ]
    second = scanned.records[1]
    assert [text[cell.start : cell.end] for cell in second.cells] == ["D-1", '"two; halves, ""quoted""\r\nand a line"']
    assert text[second.end :] == "\r\n"
    assert scanned.unclosed is None


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_is_found(delimiter: str, line_end: str) -> None:
    rows = [["Ref", "Debt, or so", "Owner"], ["D-1", "a; b | c", "Ann\tBo"], ["D-2", "x, y", ""]]
    text = write_csv(rows, delimiter, line_end)
    assert scan(text).delimiter == delimiter
    assert values(text) == [tuple(row) for row in rows]


def test_commas_in_prose_do_not_divide_records_between_semicolons() -> None:
    text = "Name;Problem\nA;slow, old, odd\nB;fine\nC;one, two\n"
    assert scan(text).delimiter == ";"


def test_what_is_not_a_record_is_left_out() -> None:
    assert values("\ufeffa,b\n\n  \n1,2") == [("a", "b"), ("1", "2")]
    assert values("sep=;\r\na,b;c\r\n") == [("a,b", "c")]
    assert values("") == values("\n\r\n \n") == []
    assert values("a\tb\n\t\n", "\t") == [("a", "b"), ("", "")]
    assert values("a,b\n,\n") == [("a", "b"), ("", "")]


def test_quotes_inside_a_cell_are_its_own() -> None:
    assert values('a 5" disk,b\n', ",") == [('a 5" disk', "b")]
    assert values('"a" ,b\n', ",") == [("a", "b")]
    assert values('"a"x,b\n', ",") == [("ax", "b")]


def test_an_unclosed_quote_is_named() -> None:
    scanned = scan('a,b\n1,"open\n2,3\n')
    assert scanned.unclosed == 6
    assert scanned.records[-1].values == ("1", "open\n2,3\n")
    assert scan('a,b\n1,"closed"').unclosed is None
    assert scan('a,b\n1,"""').unclosed == 6


@given(ROWS, st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_reads_back(rows: Sequence[Sequence[str]], delimiter: str, line_end: str) -> None:
    text = write_csv(rows, delimiter, line_end)
    scanned = scan(text, delimiter)
    assert [record.values for record in scanned.records] == [tuple(row) for row in rows]
    for record in scanned.records:
        for cell in record.cells:
            source = text[cell.start : cell.end]
            assert source == write_cell(cell.value, delimiter, quoted=source.startswith('"'))


@given(ROWS, st.sampled_from(DELIMITERS))
def test_other_readers_agree(rows: Sequence[Sequence[str]], delimiter: str) -> None:
    assume(not any("\0" in value for row in rows for value in row))
    written = write_csv(rows, delimiter)
    assert list(csv.reader(io.StringIO(written, newline=""), delimiter=delimiter)) == [list(row) for row in rows]
    other = io.StringIO(newline="")
    csv.writer(other, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert values(other.getvalue(), delimiter) == [tuple(row) for row in rows]


@given(st.text(alphabet=st.sampled_from('ab",;|\t\r\n \ufeff='), max_size=60))
def test_any_text_is_scanned_to_its_end(text: str) -> None:
    scanned = scan(text)
    end = 0
    for record in scanned.records:
        cells = record.cells
        assert (cells[0].start, cells[-1].end) == (record.start, record.end)
        assert all(one.end + 1 == other.start for one, other in pairwise(cells))
        assert not text[end : record.start].strip("\r\n \t\ufeff") or text[end : record.start].startswith("sep=")
        end = record.end
    assert not text[end:].strip("\r\n \t\ufeff")


@pytest.mark.parametrize("value", ["=1+2", "+49 30", "-2", "@sum", "\tx", "\rx", "'=1", "''-", "'tis", "a=b", "", "'"])
def test_formulas_are_harmless_and_come_back(value: str) -> None:
    assert neutralize(value)[:1] not in tuple("=+-@\t\r")
    assert restore(neutralize(value)) == value
    assert (neutralize(value) == value) == (value.lstrip("'")[:1] not in tuple("=+-@\t\r"))


@given(VALUES)
def test_every_value_comes_back(value: str) -> None:
    assert restore(neutralize(value)) == value


def test_long_and_wide_texts_are_scanned_at_once() -> None:
    wide = ",".join(f"c{number}" for number in range(2_000))
    assert len(scan(f"{wide}\n{wide}\n").records[1].cells) == 2_000
    long = 'a,b\n1,"' + '""' * 2_000_000 + '"\n'
    assert len(scan(long).records[1].values[1]) == 2_000_000
    many = "a,b\n" + "1,2\n" * 100_000
    assert len(scan(many).records) == 100_001
