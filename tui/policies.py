"""What the gateway asks and does about policy: rules, ends of acceptances, owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.policy import acceptances, escalation
from store.policy import owners as owners_module
from tui.verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlmodel import Session

    from store.enums import Severity
    from store.policy.rows import OwnerRow, RuleRow
    from store.queries.changes import Done

T = TypeVar("T")


class Policies(Verbs):
    """An open register's policy. Raises what the store raises."""

    async def _ask(self, read: Callable[[Session], T]) -> T:
        raise NotImplementedError

    async def rules(self) -> tuple[RuleRow, ...]:
        """The rules, what breaks them and of what one cannot tell."""
        return await self._ask(escalation.rules)

    async def owners(self) -> tuple[OwnerRow, ...]:
        """The owners with what they own."""
        return await self._ask(owners_module.owners)

    async def proposed_ends(self) -> dict[Severity, date]:
        """Until when debt of each severity is accepted today where nobody says."""
        return await self._ask(acceptances.proposed_ends)

    async def save_rule(self, name: str, query: str, *, before: str | None = None) -> Done:
        """Add a rule."""
        return await self._do(escalation.save_rule, name, query, before=before)

    async def edit_rule(self, name: str, *, new_name: str, query: str, before: str) -> Done:
        """Give a rule another name and query."""
        return await self._do(escalation.edit_rule, name, new_name=new_name, query=query, before=before)

    async def remove_rule(self, name: str) -> Done:
        """Remove a rule."""
        return await self._do(escalation.remove_rule, name)
