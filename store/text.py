"""Names, sentences, and secrets in texts that people read."""

from __future__ import annotations

import re
import shlex
from itertools import islice
from typing import TYPE_CHECKING
from unicodedata import normalize

from store.formats.inline import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


MOST = 3


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """Words as a list in a sentence: "a", "a and b", "a, b and c"."""
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def first_few(words: Iterable[str], number: int, *, most: int = MOST) -> list[str]:
    """The words, or of many the first and the number of the others: at most `most` in total (at least 2)."""
    shown = number if number <= most else most - 1
    named = list(islice(words, shown))
    return named if shown == number else [*named, f"{number - shown} more"]


def join_few(words: Sequence[str], *, most: int = MOST) -> str:
    """Words as a list in a sentence, of many only the first: "a, b and 3 more"."""
    return join_words(first_few(words, len(words), most=most))


def plural(number: int, thing: str, things: str = "") -> str:
    """The noun of a number of things; `things` is the plural unless that only takes an s."""
    return thing if number == 1 else things or f"{thing}s"


def number_of(number: int, thing: str, things: str = "") -> str:
    """A number of things: `1 note`, `2 notes`, `1,000 notes`; `things` as in `plural`."""
    return f"{number:,} {plural(number, thing, things)}"


def days(number: int, *, at_least: bool = False) -> str:
    """A number of days: `1 day`, `41 days`, and `41+ days` where it is only a lower bound."""
    return f"{number:,}+ days" if at_least else number_of(number, "day")


def counted(keys: Sequence[str]) -> str:
    """The items a sentence is about: the key of one, the number of several."""
    return keys[0] if len(keys) == 1 else number_of(len(keys), "item")


def duration(seconds: int) -> str:
    """A duration in at most two units: `42 s`, `3 min 14 s`, `1 h 12 min`."""
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{hours} h {minutes_left} min" if minutes_left else f"{hours} h"


def command_line(command: str, path: str | None) -> str:
    """A command of `ai-debt` for a shell, on the register at `path`, or on the default one."""
    return f"ai-debt --db {shlex.quote(path)} {command}" if path is not None else f"ai-debt {command}"


_LEAD = 60
_START = 480
"""The characters of a description that its lead words come from, also where a query cuts it."""


def lead_of(title: str | None, description: str) -> str:
    """The title on one line, else the description's first words, cut at a word with `…` after about 60 characters.

    The words are without the marks of Markdown; a title stays unchanged.
    """
    if title and (line := " ".join(title.split())):
        return line
    words = " ".join(without_marks(description[:_START], is_cut=len(description) >= _START).split())
    if len(words) <= _LEAD:
        return words
    cut = words[: _LEAD + 1].rpartition(" ")[0] or words[:_LEAD]
    return f"{cut.rstrip(' ,;:.-')}…"


def is_storable(text: str) -> bool:
    """Whether a database can store a text: it has no NUL and no lone surrogates."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def name_key(text: str) -> str:
    """What all spellings of a key, code or name have in common.

    This is Unicode's canonical caseless match without surrounding spaces: `en-001` is `EN-001`, `straße` is
    `STRASSE`, and a letter with its accent is the same in one character or in two.
    """
    bare = text.strip()
    return bare.lower() if bare.isascii() else normalize("NFD", normalize("NFD", bare).casefold())


def same_name(one: str, other: str) -> bool:
    """Whether two keys, codes or names are the same, wherever they are compared."""
    return name_key(one) == name_key(other)


_IN_URL = re.compile(r"((?:[A-Za-z][\w+.-]*:/{1,3}|//)[^\s:/@]*):(\S*)@")
_IN_QUERY = re.compile(r"((?:\b|_)(?:ssl)?passw(?:or)?d=)('(?:[^'\\]|\\.)*'|[^\s&;]+)", re.IGNORECASE)
_DATABASE = re.compile(
    r"(?:--?[\w-]+=)?(?:postgres|mysql|mariadb|mssql|oracle|sqlite|cockroach|redshift)\w*(?:\+\w+)?:/", re.IGNORECASE
)


def mask(text: str) -> str:
    """A text with `***` for each password of a URL or of a driver's `password=`."""
    if "://" not in text and "@" not in text and "=" not in text:
        return text
    return _IN_QUERY.sub(r"\1***", _IN_URL.sub(lambda found: f"{found[1]}:***@" if found[2] else found[0], text))


def has_password(text: str) -> bool:
    """Whether a text contains what `mask` hides."""
    return mask(text) != text


def is_database_url(text: str) -> bool:
    """Whether an argument of a command line is, or sets an option to, the URL of a database."""
    return _DATABASE.match(text) is not None
