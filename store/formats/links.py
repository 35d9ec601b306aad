"""The links in a text: Markdown links and bare URLs, with what each is called."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from store.errors import InvalidValueError, quoted
from store.formats.inline import without_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_URL = 4_000
"""How many characters a URL may have."""
_UNPRINTED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_URL = r"(?i:https?)://"
_IN_PARENTHESES = rf"{_URL}(?:[^\s<>()\\]|\([^\s<>()\\]{{0,999}}\)){{1,4000}}"
_LINK = re.compile(
    r"\[(?P<label>(?:[^\[\]\\\n]|\\.){0,999})\]"
    rf"\([ \t]*(?:<(?P<pointed>{_URL}[^<>\n]{{1,4000}})>|(?P<target>{_IN_PARENTHESES}))"
    r"(?:[ \t]+(?:\"[^\"\n]{0,999}\"|'[^'\n]{0,999}'))?[ \t]*\)"
    rf"|(?P<bare>{_URL}[^\s<>\"]{{1,5000}})"
)
_NEXT = re.compile(r"\n|;(?=\s|$)")
"""What separates links that are written without Markdown."""
_AROUND = " \t.,:;|*_<>=\u2013\u2014\u2192-"
"""What is between a label and its URL, or around them."""
_BRACKETS = {")": "(", "]": "["}
_LIKE_THIS = "use a form such as Runbook https://wiki.example/drift, one per line or separated by semicolons"


class Link(NamedTuple):
    """A link: what it is called, empty if it has no name, and its http or https URL."""

    label: str
    url: str


def why_not_a_link(url: str) -> str | None:
    """Why a text is not the URL of a link, as the end of a sentence; None if it is one.

    A link has http or https, a host, and neither user name nor password, which would be shown to everyone.
    """
    if len(url) > LONGEST_URL:
        return f"has {len(url):,} characters"
    if _UNPRINTED.search(url):
        return "has a space or a control character"
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "is not an http or https URL"
    return "has a user name or password" if "@" in parts.netloc else None


@lru_cache(maxsize=256)
def links_in(text: str) -> tuple[Link, ...]:
    """The links of a text in their order, each URL once. What is before a bare URL is its label."""
    found: dict[str, Link] = {}
    for link in _links(text):
        if why_not_a_link(link.url) is None:
            found.setdefault(link.url, link)
    return tuple(found.values())


def _links(text: str) -> Iterator[Link]:
    """What looks like links."""
    end = 0
    for match in _LINK.finditer(text):
        if bare := match["bare"]:
            url = _without_punctuation(bare)
            before = _NEXT.split(text[end : match.start()])[-1]
            yield Link(_bare_label(" ".join(without_marks(before).split())), url)
            end = match.start() + len(url)
        else:
            label = " ".join(without_marks(match["label"]).split())
            yield Link(label, match["pointed"] or match["target"])
            end = match.end()


def _bare_label(text: str) -> str:
    """The label of a bare URL, without what separates it from the URL and from what is before it."""
    label = text.rstrip(f"{_AROUND}([").lstrip(f"{_AROUND})]")
    for closing, opening in _BRACKETS.items():
        if label.count(opening) > label.count(closing):
            label = label.lstrip(opening)
    return label.strip(_AROUND)


def _without_punctuation(url: str) -> str:
    """A bare URL without the punctuation behind it; a bracket that it opens belongs to it."""
    while url[-1] in "?!.,:;*_~'|" or (url[-1] in _BRACKETS and url.count(url[-1]) > url.count(_BRACKETS[url[-1]])):
        url = url[:-1]
    return url


def check_links(name: str, text: str) -> None:
    """Check a text of links as typed, one on each line or separated by semicolons.

    Raises InvalidValueError for a part without a link, and for a URL that a link cannot have.
    """
    for part in filter(None, map(str.strip, _NEXT.split(text))):
        links = list(_links(part))
        if not links:
            raise InvalidValueError(name, f"{quoted(part)} has no http or https link", _LIKE_THIS)
        for link in links:
            if why := why_not_a_link(link.url):
                # It is not repeated: it may have a password.
                what = f"the link {quoted(link.label)}" if link.label else "a link"
                raise InvalidValueError(name, f"{what} {why}", "correct it, or leave it out")


def with_links(text: str, more: str) -> str:
    """A text of links with those of another text below it that it does not have."""
    known = {link.url for link in links_in(text)}
    new = links_text(link for link in links_in(more) if link.url not in known)
    return "\n".join(filter(None, (text, new)))


def links_text(links: Iterable[Link]) -> str:
    """Links as a text in which `links_in` finds them, one on each line."""
    return "\n".join(f"{link.label} {link.url}".strip() for link in links)
