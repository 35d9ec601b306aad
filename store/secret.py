"""Passwords in the URLs of databases: found, and never shown."""

from __future__ import annotations

import re

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
    """Whether a text holds what `mask` hides."""
    return mask(text) != text


def is_database_url(text: str) -> bool:
    """Whether an argument of a command line is, or sets an option to, the URL of a database."""
    return _DATABASE.match(text) is not None
