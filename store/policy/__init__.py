"""The policy of a register: escalation rules, acceptances with an end, and who owns what."""

from store.moment import today as day
from store.policy.acceptances import accepted, proposed_ends, reopen, state_of_end
from store.policy.builtin import BUILTIN
from store.policy.checking import ACTOR, check
from store.policy.escalation import (
    MOST_RULES,
    all_rules,
    edit_rule,
    escalated,
    remove_rule,
    rename_rule,
    rules,
    save_rule,
)
from store.policy.owners import owners

__all__ = [
    "ACTOR",
    "BUILTIN",
    "MOST_RULES",
    "accepted",
    "all_rules",
    "check",
    "day",
    "edit_rule",
    "escalated",
    "owners",
    "proposed_ends",
    "remove_rule",
    "rename_rule",
    "reopen",
    "rules",
    "save_rule",
    "state_of_end",
]
