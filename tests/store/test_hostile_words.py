"""The word search with words from anywhere."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.errors import RegisterError
from store.filters.ast import ItemFilter, phrases, quote
from store.filters.parser import parse
from store.queries.items import page
from tests.counts import count
from tests.store.asking import content
from tests.store.hostile import Hostile

if TYPE_CHECKING:
    from store.db.database import Database

ODD = ("%", "_", "\\", "\\%", "%%", "'", '"', "--", ";", "*", "a-b", "C++", "title:", "NEAR(", "\x1b[31m", "()", "OR")


def found(db: Database, *words: str) -> list[str]:
    with db.read() as session:
        return [item.key for item in page(session, ItemFilter(phrases(*words))).items]


@pytest.mark.soak
def test_any_words_find_what_holds_them_and_nothing_else(db: Database) -> None:
    random, hostile = Random(27), Hostile(Random(72))
    texts = {item.key: item.description for item in content(db).items}
    for number in range(count(150, 100_000)):
        if number % 100 == 0:
            key, text = random.choice(list(texts)), hostile.text() or "x"
            edit_items(db, [key], {"description": text})
            texts[key] = text
        word = random.choice([hostile.text(), random.choice(ODD), "x" * random.randrange(300)])
        place = random.choice(list(texts))
        at = random.randrange(len(texts[place]) + 1)
        inside = texts[place][at : at + random.randint(1, 9)]
        assert found(db, inside).count(place) == 1, inside
        assert isinstance(found(db, word, inside), list)


@pytest.mark.parametrize("word", ["%", "_", "\\", "100%_\\", "%%", "\\%", "\\_"])
def test_wildcards_are_letters(db: Database, word: str) -> None:
    word = f"{word}z"
    assert found(db, word) == []
    edit_items(db, ["EN-001"], {"owner": f"a{word}b"})
    assert found(db, word) == ["EN-001"]


@pytest.mark.parametrize("word", ["x" * 1_000_000, "%" * 1_000_000, "\u00e9" * 60_000, "x" * 8_001])
def test_very_long_words_are_refused_in_a_sentence(db: Database, word: str) -> None:
    for text in (quote(word), f"owner:{quote(word)}", f"-component:{quote(word)}"):
        with (
            db.read() as session,
            pytest.raises(RegisterError, match=r"8,000 characters|too long"),
        ):
            page(session, ItemFilter(parse(text)))
    with db.read() as session, pytest.raises(RegisterError, match="longer than 8,000 characters: shorten it"):
        page(session, ItemFilter(phrases(word)))


@pytest.mark.parametrize("word", ["\0", "a\0b", "\ud800", "%" * 8_000, "\u0390" * 8_000, "\U0001f600" * 8_000])
def test_what_no_text_holds_is_found_nowhere(db: Database, word: str) -> None:
    assert found(db, word) == []
    with db.read() as session:
        assert page(session, ItemFilter(parse(f"owner:{quote(word)}"))).total == 0
        assert page(session, ItemFilter(parse(f"component:{quote(word)}"))).total == 0
