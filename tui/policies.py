"""What the gateway asks and does about policy: rules, ends of acceptances, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.enums import SavedKind
from tui.lazy import Lazy
from tui.verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from store import policy
    from store.audit.log import Done
    from store.commands import saved_queries as saved_query_commands
    from store.db.reader import Reader
    from store.enums import Severity
    from store.policy import OwnerRow, RuleRow
else:
    policy = Lazy("store.policy")
    saved_query_commands = Lazy("store.commands.saved_queries")

T = TypeVar("T")


class Policies(Verbs):
    """An open register's policy. Raises what the store raises."""

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        raise NotImplementedError

    async def rules(self) -> tuple[RuleRow, ...]:
        """The rules, what breaks them and for what that is unknown."""
        return await self._ask(policy.rules)

    async def owners(self) -> tuple[OwnerRow, ...]:
        """The owners with what they own."""
        return await self._ask(policy.owners)

    async def proposed_ends(self) -> dict[Severity | None, date | None]:
        """The default end of an acceptance that starts today, by severity and for unrated debt; None means no end."""
        return await self._ask(policy.proposed_ends)

    async def save_rule(self, name: str, query: str, *, before: str | None = None) -> Done:
        """Add a rule."""
        return await self._do(saved_query_commands.save_query, SavedKind.RULE, name, query, before=before)

    async def edit_rule(self, name: str, *, new_name: str, query: str, before: str) -> Done:
        """Give a rule another name and query."""
        changes, seen = {"name": new_name, "query": query}, {"query": before}
        return await self._do(saved_query_commands.edit_query, SavedKind.RULE, name, changes, before=seen)

    async def remove_rule(self, name: str) -> Done:
        """Remove a rule."""
        return await self._do(saved_query_commands.remove_query, SavedKind.RULE, name)
