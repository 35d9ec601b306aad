"""Mapping rules for reading a document: stored with the text and used for the next import."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import Severity, Status
from store.errors import InvalidValueError, quoted
from store.fields import FIELDS, ITEM_FIELDS
from store.formats.document.vocabulary import fold, roles
from store.text import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.models import Json


EXTRA, IGNORED = "extra", "ignore"
FIELD_NAMES = tuple(field.name for field in ITEM_FIELDS if field.name not in ("status_note", EXTRA))
"""The fields that a column or a label may mean."""


_LIKE_THIS = 'use the tables [columns], [severities] and [statuses] with lines such as "Sev-1" = "critical"'


class ReadingRules(NamedTuple):
    """How a document is read where its words do not say it, or say it otherwise.

    `roles` are fields (or `extra`, `ignore`) by the folded name of a column or label; `severities` and `statuses` are
    values by folded word, None is unrated. `keys` are those given to the items without one, in document order.
    `reference_only`: only tables with ID, Severity and Status under their usual names hold items, as in the versions
    that read nothing else. `unread`: the fields that did not exist when the text was imported; their columns remain
    extra columns.
    """

    roles: Mapping[str, str] = {}
    severities: Mapping[str, Severity | None] = {}
    statuses: Mapping[str, Status] = {}
    keys: tuple[str, ...] = ()
    reference_only: bool = False
    unread: frozenset[str] = frozenset()

    def role(self, name: str) -> str | None:
        """What the rules say that a column or label means; None where they do not."""
        return self.roles.get(fold(name)) if self.roles else None

    @property
    def json(self) -> Json:
        """The rules as stored, without the keys."""
        return {
            "roles": dict(self.roles),
            "severities": {word: value and value.value for word, value in self.severities.items()},
            "statuses": {word: value.value for word, value in self.statuses.items()},
            "unread": [*sorted(self.unread)],
        }

    def over(self, former: ReadingRules) -> ReadingRules:
        """These rules, completed with earlier ones; keys belong to one text."""
        return ReadingRules(
            roles={**former.roles, **self.roles},
            severities={**former.severities, **self.severities},
            statuses={**former.statuses, **self.statuses},
            unread=former.unread,
        )

    def with_role(self, name: str, role: str) -> ReadingRules:
        """The rules with a column or label that means a field. Raises InvalidValueError."""
        wanted = role.strip().casefold().replace("-", "_").replace(" ", "_")
        if wanted not in (*FIELD_NAMES, EXTRA, IGNORED):
            # `ID` and `Due date` are headers of fields.
            wanted = next(iter(roles(role)), "")
        if wanted not in (*FIELD_NAMES, EXTRA, IGNORED):
            known = join_words([*FIELD_NAMES, EXTRA, IGNORED], "or")
            raise InvalidValueError("map", f"unknown field {quoted(role.strip())}", f"use {known}")
        return self._replace(roles={**self.roles, _folded(name): wanted})

    def with_severity(self, word: str, value: str) -> ReadingRules:
        """The rules with a word for a severity, or for `unrated`. Raises InvalidValueError."""
        severity = FIELDS["severity"].read(value)
        assert severity is None or isinstance(severity, Severity)
        return self._replace(severities={**self.severities, _folded(word): severity})

    def with_status(self, word: str, value: str) -> ReadingRules:
        """The rules with a word for a status. Raises InvalidValueError."""
        return self._replace(statuses={**self.statuses, _folded(word): Status.parse(value)})


def read_mapping(text: str) -> ReadingRules:
    """The rules in a TOML text with the tables `columns`, `severities` and `statuses`. Raises InvalidValueError."""
    from tomllib import TOMLDecodeError, loads

    try:
        tables = loads(text)
    except TOMLDecodeError as error:
        raise InvalidValueError("mapping", f"the mapping is not TOML ({error})", _LIKE_THIS) from None
    rules = ReadingRules()
    settle = {"columns": ReadingRules.with_role, "severities": ReadingRules.with_severity}
    settle["statuses"] = ReadingRules.with_status
    for name, table in tables.items():
        if name not in settle or not isinstance(table, dict):
            raise InvalidValueError("mapping", f"unknown entry {quoted(name)} in the mapping", _LIKE_THIS)
        for word, value in table.items():
            if not isinstance(value, str):
                what = f"{quoted(word)} in [{name}] of the mapping is not a string"
                raise InvalidValueError("mapping", what, f'write it like "{word}" = "..."')
            rules = settle[name](rules, word, value)
    return rules


def _folded(name: str) -> str:
    """A name in a rule, as compared. Raises InvalidValueError."""
    if folded := fold(name):
        return folded
    raise InvalidValueError("map", f"{quoted(name.strip())} has no letters or digits", "name the word next to it")


EVERYTHING = ReadingRules()
"""The rules of a document without a mapping."""
REFERENCE = ReadingRules(reference_only=True)
"""The rules of documents that were imported when only the reference shape was read: they are read like that again."""


_NEW_FIELDS = frozenset({"links"})
"""The fields that did not exist when mappings were stored without `unread`."""


def stored_rules(mapping: Json, keys: Json) -> ReadingRules:
    """The rules that were kept with a text; without any, it was imported when only the reference shape was read."""
    if not isinstance(mapping, dict):
        return REFERENCE
    parts = {name: part if isinstance(part, dict) else {} for name, part in mapping.items()}
    unread = mapping.get("unread", sorted(_NEW_FIELDS))
    return ReadingRules(
        roles={name: str(role) for name, role in parts.get("roles", {}).items()},
        severities={w: None if v is None else Severity(str(v)) for w, v in parts.get("severities", {}).items()},
        statuses={word: Status(str(value)) for word, value in parts.get("statuses", {}).items()},
        keys=tuple(map(str, keys)) if isinstance(keys, list) else (),
        unread=frozenset(map(str, unread)) if isinstance(unread, list) else frozenset(),
    )
