"""The rule by which keys, codes and names are the same."""

from __future__ import annotations

from unicodedata import normalize


def name_key(text: str) -> str:
    """What every spelling of a key, code or name has in common.

    This is Unicode's canonical caseless match without blank ends: `en-001` is `EN-001`, `straße` is
    `STRASSE`, and a letter with its accent is the same in one character or in two.
    """
    bare = text.strip()
    return bare.lower() if bare.isascii() else normalize("NFD", normalize("NFD", bare).casefold())


def same_name(one: str, other: str) -> bool:
    """Whether two keys, codes or names are the same: adding, renaming, importing, lookups and undo all go by this."""
    return name_key(one) == name_key(other)
