"""Typed queries become trees that say the same when they are written again; what is wrong is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import QueryError
from store.filters.ast import ALL, Query, Sort, phrases, quote, spans
from store.filters.parser import parse, plain_terms, quoted_terms
from store.filters.qualifiers import QUALIFIERS
from tests.counts import count
from tests.store.query.made import QUERY


def refusal(text: str) -> QueryError | None:
    """Why a query is refused."""
    try:
        parse(text)
    except QueryError as error:
        return error
    return None


@settings(max_examples=count(150, 20_000), deadline=None)
@given(text=QUERY)
def test_what_a_query_says_is_read_as_the_same_query(text: str) -> None:
    query = parse(text)
    assert query.text == text
    again = parse(str(query))
    assert (again, str(again), hash(again)) == (query, str(query), hash(query))


@settings(max_examples=count(150, 20_000), deadline=None)
@given(words=st.lists(st.text(min_size=1, max_size=12), max_size=4))
def test_any_phrases_are_read_as_they_were(words: list[str]) -> None:
    query = phrases(*words)
    assert parse(str(query)) == query
    assert parse(str(query)).words == query.words == tuple(words)


@settings(max_examples=count(300, 50_000), deadline=None)
@given(text=st.text(alphabet='abeinostw:,"-<>=\\*% 7d', max_size=24) | st.text(max_size=12))
def test_any_text_is_a_query_or_is_refused_within_it(text: str) -> None:
    refused = refusal(text)
    if refused is None:
        assert parse(str(parse(text))) == parse(text)
    else:
        assert refused.what
        assert refused.remedy
        assert 0 <= refused.column <= len(text)
        assert refused.length >= 1
        assert refused.query == text


@settings(max_examples=count(300, 50_000), deadline=None)
@given(text=QUERY | st.text(alphabet='abeinostwé:,"-<>=\\*% 7d_', min_size=1, max_size=24).filter(str.strip))
def test_a_query_without_quotes_is_what_the_grammar_says(text: str) -> None:
    if plain := plain_terms(text):
        assert plain == quoted_terms(text)


@pytest.mark.parametrize("text", ["severity:high status:open,in-progress", "-owner:none share:>=40% drift", "a:b:c x"])
def test_a_query_without_quotes_needs_no_grammar(text: str) -> None:
    assert plain_terms(text) == quoted_terms(text) != ()


@settings(max_examples=count(60, 5_000), deadline=None)
@given(one=QUERY, other=QUERY)
def test_two_queries_are_joined_with_the_columns_of_the_new_text(one: str, other: str) -> None:
    first, second = parse(one), parse(other)
    joined = first.and_(second)
    assert Query(joined.terms) == Query((*first.terms, *second.terms))
    assert joined.sort == (second.sort or first.sort)
    again = parse(joined.text)
    assert again == joined
    assert [(term.column, term.length) for term in again.terms] == [(term.column, term.length) for term in joined.terms]
    for mine, theirs in zip(joined.terms, again.terms, strict=True):
        assert [(each.column, each.length) for each in mine.values] == [
            (each.column, each.length) for each in theirs.values
        ]


def test_nothing_asks_for_everything() -> None:
    assert parse("") == parse("  \n") == ALL == Query()
    assert phrases() == ALL
    assert (ALL.words, ALL.text, str(ALL)) == ((), "", "")


def test_what_a_query_is_made_of() -> None:
    query = parse('Status:OPEN,in-progress -"two words"  word sort:-changed')
    assert [str(term) for term in query.terms] == ["status:OPEN,in-progress", '-"two words"', "word"]
    assert query.sort == Sort("changed", reverse=True)
    assert query.words == ("word",)
    assert [(term.column, term.length) for term in query.terms] == [(0, 23), (24, 12), (38, 4)]
    assert query.sorted(None) == parse('status:open,In_Progress -"two words" word')
    assert query != parse('status:open -"two words" word sort:-changed')


def test_every_example_of_the_table_is_a_query() -> None:
    for qualifier in QUALIFIERS:
        assert qualifier.help.endswith(".")
        assert len(qualifier.help) <= 58
        for example in qualifier.examples:
            query = parse(example)
            assert all(term.name == qualifier.name for term in query.terms) or "has:" in example
    for qualifier in QUALIFIERS:
        for choice in qualifier.choices:
            assert parse(f"{qualifier.name}:{choice.name}") != ALL


ERRORS = [
    # query, column, length, what, remedy
    ("sverity:high", 0, 7, "unknown qualifier 'sverity'", "did you mean severity:high?"),
    ("a -sverity:high", 3, 7, "unknown qualifier", "severity:high"),
    ("see https://x", 4, 5, "unknown qualifier 'https'", 'as text: "https://x"'),
    ('x foo:"a b"', 2, 3, "unknown qualifier 'foo'", 'as text: "foo:\\"a b\\""'),
    ("severity:hgh", 9, 3, "unknown severity 'hgh'", "did you mean severity:high?"),
    ("status:open,dome", 12, 4, "unknown status 'dome'", "use open, in-progress, mitigated or accepted"),
    ("effort:>=Q", 7, 3, "unknown effort 'Q'", "use S, M, L, XL or none"),
    ("is:esc", 3, 3, "unknown condition 'esc'", "did you mean is:escalated?"),
    ("has:foo", 4, 3, "unknown field 'foo'", "use note, owner, plan"),
    ("sort:-scor", 5, 5, "unknown sort order 'scor'", "did you mean sort:score?"),
    ("severity:", 9, 1, "missing after severity", "type one"),
    ("severity: high", 9, 1, "missing after severity", "type one"),
    ("status:open,", 12, 1, "missing after status:open,", "type one"),
    ("status:open,,x", 12, 1, "missing", "type one"),
    ("age:> 3d", 5, 1, "missing after age:>", "type one"),
    ('owner:""', 6, 2, "owner has no value", 'owner:"ML Platform"'),
    ('a ""', 2, 2, "the quotation marks are empty", "between them"),
    ('owner:"ML Pl', 6, 6, "closing quotation mark is missing", 'add "'),
    ('a "b c ', 2, 4, "closing quotation mark is missing", 'add "'),
    ('a "b"c', 5, 1, "a space is missing", "add a space"),
    ("a - b", 2, 1, "nothing to exclude", "right before"),
    ("--a", 0, 1, "nothing to exclude", "right before"),
    ("owner:>x", 6, 2, "owner does not support >", "use a format such as owner:"),
    ("age:30d", 4, 3, "needs < or >", "did you mean age:>30d?"),
    ("changed:7d", 8, 2, "needs < or >", "did you mean changed:<7d?"),
    ("age:>30", 4, 3, "30 has no unit", "30d for days"),
    ("age:>30x", 4, 4, "unknown unit 'x'", "30d for days"),
    ("age:>abc", 4, 4, "'abc' is not a duration", "age:>30d"),
    ("age:>2026-03-01", 4, 11, "is not a duration", "opened:>2026-03-01"),
    ("age:>999999y", 4, 8, "longer than a thousand years", "age:>30d"),
    ("changed:>2026-02-30", 8, 11, "not a date", '2026-03-31, 7d or "next friday"'),
    ("due:03/04/2026", 4, 10, "could be 3 April 2026 or 4 March 2026", "type 2026-04-03 or 2026-03-04"),
    ("due:31.4.2026", 4, 9, "not a date", "use a format such as"),
    ("reviewed:nevr", 9, 4, "not a date", "did you mean reviewed:never?"),
    ("due:<none", 4, 5, "none does not support", "did you mean due:none?"),
    ("share:>x%", 6, 3, "is not a percentage", "share:>10%"),
    ("sort:score sort:age", 11, 8, "only one sort order", "remove one"),
    ("sort:score,age", 11, 3, "only one sort order", "remove one"),
    ("-sort:age", 0, 9, "cannot be negated", "use sort:-age to reverse it"),
    ("a " * 100 + "bb", 200, 2, "at most 100 terms", "remove some"),
    ("key:" + "A-1," * 500 + "B-1", 2004, 3, "at most 500 values", "remove some"),
]


@pytest.mark.parametrize(("text", "column", "length", "what", "remedy"), ERRORS, ids=[row[0][:20] for row in ERRORS])
def test_a_wrong_query_is_pointed_at(text: str, column: int, length: int, what: str, remedy: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert what in refused.value.what
    assert remedy in refused.value.remedy
    assert (refused.value.column, refused.value.length) == (column, length)


def test_a_rule_cannot_ask_what_rules_say() -> None:
    assert parse("severity:high -is:escalated")
    with pytest.raises(QueryError, match="a rule cannot use is:escalated") as refused:
        parse("severity:high -is:open,escalated", rule=True)
    assert (refused.value.column, refused.value.length) == (23, 9)


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Amber and amber", ("AMBER",), ((0, 5), (10, 15))),
        ("feature store", ("ture st", "stor"), ((3, 12),)),
        ("100% (sure)", ("% (",), ((3, 6),)),
        ("aaa", ("a",), ((0, 3),)),
        ("none", ("x", ""), ()),
        ("none", (), ()),
    ],
)
def test_where_words_stand(text: str, words: tuple[str, ...], found: tuple[tuple[int, int], ...]) -> None:
    assert spans(text, words) == found


def test_quoting() -> None:
    assert quote('say "a\\b"') == '"say \\"a\\\\b\\""'
