"""Alertmanager's matchers: what is read, written and refused, and that amtool decides the same about labels."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import QueryError
from store.formats.signals.matchers import (
    LONGEST,
    Answers,
    Matcher,
    Matchers,
    Operator,
    parse_matchers,
    propose_matchers,
)
from store.text import is_storable
from tests.monitoring.programs import program
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def read(text: str) -> list[tuple[str, str, str]]:
    return [(each.name, each.operator.value, each.value) for each in parse_matchers(text)]


def refusal(text: str) -> tuple[str, int, int]:
    """What is wrong, and the column and length of where."""
    with pytest.raises(QueryError) as refused:
        parse_matchers(text)
    assert refused.value.remedy
    return refused.value.what, refused.value.column, refused.value.length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('foo="bar"', [("foo", "=", "bar")]),
        ('{foo="bar"}', [("foo", "=", "bar")]),
        ("foo=bar,dings!=bums", [("foo", "=", "bar"), ("dings", "!=", "bums")]),
        (' { foo = bar , dings !~ "b.*" , } ', [("foo", "=", "bar"), ("dings", "!~", "b.*")]),
        ('statuscode=~"5.."', [("statuscode", "=~", "5..")]),
        ('a="b,c", d="{e}"', [("a", "=", "b,c"), ("d", "=", "{e}")]),
        (r'q="say \"hi\"\n\\"', [("q", "=", 'say "hi"\n\\')]),
        (r'model=~"mdl-\d+"', [("model", "=~", r"mdl-\d+")]),
        (r'model=~"mdl-\\d+"', [("model", "=~", r"mdl-\d+")]),
        (r"model=~mdl-\d+", [("model", "=~", r"mdl-\d+")]),
        ("{code=~5[0-9]{2}}", [("code", "=~", "5[0-9]{2}")]),
        ("a=", [("a", "=", "")]),
        ("a=,b=c", [("a", "=", ""), ("b", "=", "c")]),
        ("tricky=~~~", [("tricky", "=~", "~~")]),
        (r"trickier==\\=\=\"", [("trickier", "=", r'=\=\="')]),
        ("ns:name_1=x", [("ns:name_1", "=", "x")]),
        ("a=\u201cb\u201d", [("a", "=", "\u201cb\u201d")]),
        ('a="two\nlines"', [("a", "=", "two\nlines")]),
        ("k8s.pod.name=x", [("k8s.pod.name", "=", "x")]),
        ('"two words"="x"', [("two words", "=", "x")]),
        ('größe=~"ü.*"', [("größe", "=~", "ü.*")]),
        (r'"a\tb\u00e9\U0001f600\xc3\xa9\101"="\"\\\a"', [("a\tbé😀éA", "=", '"\\\a')]),
        (r'a="\t"', [("a", "=", r"\t")]),
        (r'a="\t", "b"=c', [("a", "=", "\t"), ("b", "=", "c")]),
    ],
)
def test_matchers_are_read_as_in_alertmanager(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert read(text) == expected
    assert read(str(parse_matchers(text))) == expected


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{a=b,c!=d}", 'a="b", c!="d"'),
        (' a =~ "x\\d" ', r'a=~"x\\d"'),
        ('a!~"say \\"hi\\""', r'a!~"say \"hi\""'),
        ('a="two\nlines"', r'a="two\nlines"'),
        ('"two words"=x,k8s.pod=y', '"two words"="x", k8s.pod="y"'),
    ],
)
def test_matchers_are_written_as_alertmanager_writes_them(text: str, written: str) -> None:
    assert str(parse_matchers(text)) == written


@pytest.mark.parametrize(
    ("text", "what", "column", "length"),
    [
        ("", "at least one matcher is required", 0, 1),
        ("{ }", "at least one matcher is required", 0, 1),
        ("a", "the matchers end where an operator (=, !=, =~ or !~) is expected", 1, 1),
        ("a~b", "'~' is where an operator (=, !=, =~ or !~) is expected", 1, 1),
        ("a!b", "'!' is where an operator (=, !=, =~ or !~) is expected", 1, 1),
        ("=x", "'=' is where a label name is expected", 0, 1),
        ("a=b, ,c=d", "',' is where a label name is expected", 5, 1),
        ('a="b" c="d"', "'c' is where a comma is expected", 6, 1),
        ("a=b c=d", "'c' is where a comma is expected", 4, 1),
        ("{a=b c}", "'c' is where a comma or } is expected", 5, 1),
        ('{"a b"=c', "the matchers end where a comma or } is expected", 8, 1),
        ('{"a b"=c} d', "'d' is where the end is expected", 10, 1),
        ("{a=b", "the matchers end where a comma or } is expected", 4, 1),
        ("a=b}", "'}' is where a comma is expected", 3, 1),
        ("code=~5[0-9]{2}", "'{' is where a comma is expected", 12, 1),
        ('a="b', "the quote is not closed", 2, 1),
        ('a=b"', "the quote is not closed", 3, 1),
        ('""=b', "the name of a label is empty", 0, 2),
        (r'"a\q"=b', "the quoted text has an unknown escape", 0, 5),
        (r'"a"="\ud800"', "the quoted text has an unknown escape", 4, 8),
        (r'"a"="\xff"', "the quoted text has an unknown escape", 4, 6),
        (r'"a"="\x00"', "the quoted text has an unknown escape", 4, 6),
        ('"a"="b\nc"', "the quoted text has an unknown escape", 4, 5),
        ('foo="x", a=~"b[c"', "'b[c' is not a regular expression (missing ])", 12, 5),
        ("a=~(b", "'(b' is not a regular expression (missing ))", 3, 2),
        (r'a=~"(b)\\1"', r"'(b)\\1' is not a regular expression (invalid escape sequence)", 3, 8),
        ('a=~"(?=b)"', "'(?=b)' is not a regular expression (invalid perl operator)", 3, 7),
        ('a=~"b{1001}"', "'b{1001}' is not a regular expression (invalid repetition size)", 3, 9),
        ("a=b\0", "the matchers have a character that cannot be stored", 0, 1),
        ("a=b\ud800", "the matchers have a character that cannot be stored", 0, 1),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, what: str, column: int, length: int) -> None:
    assert refusal(text) == (what, column, length)


def test_matchers_have_a_limited_length() -> None:
    start = time.process_time()
    assert len(parse_matchers("a=" + "b" * (LONGEST - 2))) == 1
    for text in ('a="' + "\\" * (LONGEST - 3), "{" * LONGEST, "a" * LONGEST, "a=b" + " " * (LONGEST - 4) + "c"):
        refusal(text)
    assert time.process_time() - start < 2
    assert refusal("a=" + "b" * LONGEST) == ("the matchers have over 20,000 characters", 80, 1)


LABELS = {"alertname": "FeatureDrift", "model": "mdl-recommender", "empty": ""}


@pytest.mark.parametrize(
    ("text", "is_match"),
    [
        ('alertname="FeatureDrift"', True),
        ('alertname="featuredrift"', False),
        ('alertname!="FeatureDrift"', False),
        ('model=~"mdl-rec.*"', True),
        ('model=~"mdl-rec"', False),
        ('model=~"recommender"', False),
        ('model!~"mdl-rec"', True),
        ('model=~"mdl-search|mdl-recommender"', True),
        ('alertname="FeatureDrift", model="other"', False),
        ('missing=""', True),
        ('missing!=""', False),
        ('missing=~".*"', True),
        ('missing=~".+"', False),
        ('missing!~".+"', True),
        ('missing!="x"', True),
        ('empty=""', True),
    ],
)
def test_all_matchers_must_accept_and_a_missing_label_is_empty(text: str, is_match: bool) -> None:
    assert parse_matchers(text).match(LABELS) is is_match


@pytest.mark.parametrize("text", ['model=~"mdl-1.*"', 'model!~"mdl-1.*"', 'model="mdl-7"', 'model!="mdl-7"'])
def test_answers_that_are_kept_are_those_of_the_matcher(text: str) -> None:
    (matcher,) = parse_matchers(text)
    answers, values = Answers(matcher), [f"mdl-{number}" for number in range(2_500)]
    expected = [matcher.match(value) for value in values]
    assert [answers[value] for value in values] == [answers[value] for value in values] == expected
    assert len(answers) == 1_000


def test_a_regular_expression_takes_linear_time() -> None:
    matchers = parse_matchers('a=~"(x+x+)+y"')
    start = time.process_time()
    assert not matchers.match({"a": "x" * 4000})
    assert time.process_time() - start < 1


def test_a_proposal_matches_the_alert_and_its_like_and_no_other() -> None:
    labels = {
        "alertname": "FeatureDrift",
        "severity": "critical",
        "model": "mdl-recommender",
        "team": "ml",
        "debt_item": "EN-001",
        "instance": "10.0.0.1:9090",
        "trace": "x" * 400,
        "empty": "",
    }
    proposed = propose_matchers("FeatureDrift", labels.items(), item_label="debt_item")
    assert str(proposed) == 'alertname="FeatureDrift", model="mdl-recommender", team="ml"'
    assert proposed.match(labels)
    assert proposed.match(labels | {"instance": "10.0.0.2:9090", "severity": "info"})
    assert not proposed.match(labels | {"model": "mdl-search"})


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))


@given(TEXT.filter(bool), st.dictionaries(TEXT.filter(bool), TEXT))
def test_any_proposal_can_be_read_and_matches(name: str, labels: dict[str, str]) -> None:
    proposed = propose_matchers(name, sorted(labels.items()))
    assert parse_matchers(str(proposed)) == proposed
    assert proposed.match(labels | {"alertname": name})


def test_a_proposal_from_the_longest_texts_can_be_read() -> None:
    labels = [(f'"{number:02}' + '"' * 97, '"' * 100) for number in range(40)]
    proposed = propose_matchers('"' * 4000, labels)
    assert len(proposed) == 11
    assert parse_matchers(str(proposed)) == proposed


EQUAL = st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL])


@given(st.lists(st.builds(Matcher, TEXT.filter(bool), EQUAL, TEXT), min_size=1))
def test_matchers_are_read_as_they_are_written(matchers: list[Matcher]) -> None:
    assert parse_matchers(str(Matchers(matchers))) == Matchers(matchers)


ODD = st.text(st.sampled_from("\\\"',{}=~!`.*+?()[]|^$abn0 é😀\n\t"), max_size=12)


@given(
    st.text()
    | st.lists(st.tuples(st.sampled_from(["a", "b.c", '"d"', "{e"]), st.sampled_from(Operator), ODD)).map(
        lambda found: ",".join("".join(each) for each in found)
    )
)
def test_any_text_is_matchers_that_can_be_written_or_one_error(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Matchers):
        assert is_storable(str(found))
        assert parse_matchers(str(found)) == found
    else:
        assert found.column <= len(text)


def outcome(text: str) -> Matchers | QueryError:
    try:
        return parse_matchers(text)
    except QueryError as error:
        return error


class Oracle:
    """Asks amtool which of several routes take an alert."""

    def __init__(self, amtool: str, folder: Path) -> None:
        self._amtool = amtool
        self._folder = folder
        self._config = folder / "alertmanager.yml"

    def routes(self, texts: Sequence[str], labels: Mapping[str, str]) -> list[bool] | None:
        """For each text of matchers, whether it accepts the labels; None if amtool refuses one of the texts."""
        routes = [{"receiver": str(number), "continue": True, "matchers": [text]} for number, text in enumerate(texts)]
        receivers = [{"name": name} for name in ("none", *(str(number) for number in range(len(texts))))]
        config = {"route": {"receiver": "none", "routes": routes}, "receivers": receivers}
        self._config.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
        given_labels = [str(Matcher(name, Operator.EQUAL, value)) for name, value in labels.items()]
        done = subprocess.run(
            [self._amtool, "config", "routes", "test", f"--config.file={self._config}", "--", *given_labels],
            env={"HOME": str(self._folder)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            return None
        hits = done.stdout.strip().split(",")
        return [str(number) in hits for number in range(len(texts))]


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    return Oracle(program("amtool"), tmp_path_factory.mktemp("amtool"))


PATTERNS = [
    "", ".*", ".+", "a", "a|b", "a)|(b", "(?i)A", "(?s).", ".", "a$", "^a", r"a\z", r"\d+", r"\w+", r"\pL+", r"\s",
    "[[:alpha:]]+", "[^a]", "(?m)^b$", "a{2,3}", "(a*)*", "é", "..", r"\ba?", r"\x61", r"\Qa.\E", "(?P<n>a)", "(?U)a+",
]  # fmt: skip
VALUES = ["", "a", "A", "b", "aa", "aaaa", "ab", "é", "😀", "\n", "a\n", "a\nb", "12", "٣", " ", "a."]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_amtool_decides_the_same_about_a_regular_expression(value: str, oracle: Oracle) -> None:
    texts = [str(Matcher("foo", operator, pattern)) for pattern in PATTERNS for operator in list(Operator)[2:]]
    labels = {"foo": value} if value else {}
    assert oracle.routes(texts, labels) == [parse_matchers(text).match(labels) for text in texts]


@pytest.mark.parametrize("pattern", ["[", "(", "a**", "(?=a)", r"(a)\1", "a{1001}", r"\Z", "[[:none:]]", r"\p{None}"])
def test_amtool_refuses_the_same_regular_expressions(pattern: str, oracle: Oracle) -> None:
    text = str(Matcher("foo", Operator.MATCHES, pattern))
    assert oracle.routes([text], {"foo": "a"}) is None
    assert "is not a regular expression" in refusal(text)[0]


NAMES = st.sampled_from(["foo", "bar", "_a:b1"])
PIECES = st.one_of(
    st.tuples(NAMES, st.sampled_from(["=", "!="]), ODD).map("".join),
    st.tuples(NAMES, st.sampled_from([" = ", "!="]), ODD.map(json.dumps)).map("".join),
    ODD,
)
RAW = st.builds(
    lambda pieces, comma, braces: braces[0] + comma.join(pieces) + braces[1],
    st.lists(PIECES, max_size=3),
    st.sampled_from([",", " , "]),
    st.sampled_from([("", ""), ("{", "}"), ("{", ""), ("", "}"), ("", ",")]),
)


@given(RAW, ODD, ODD)
def test_amtool_reads_the_same_text_unless_a_comma_or_brace_is_missing(
    oracle: Oracle, text: str, foo: str, bar: str
) -> None:
    labels = {name: value for name, value in (("foo", foo), ("bar", bar)) if value}
    expected = oracle.routes([text], labels)
    if expected is None:
        return  # A newer amtool takes what this one refuses.
    found = outcome(text)
    if isinstance(found, Matchers):
        assert [found.match(labels)] == expected
    else:
        is_open = text.strip().startswith("{") is not text.strip().endswith("}")
        has_space = re.search(r"\s", re.sub(r'\\\S|"(?:[^"\\]|\\.)*"', "", text.strip())) is not None
        assert is_open or has_space or found.what == "at least one matcher is required"
