"""The modules of the store that load late: each when one of its functions is first called, on the thread that calls it.

What changes a register takes longer to load than the first rows take to show, so it loads after them and never on the
screen's thread. Screens pass these functions to `AsyncStore.read` and `AsyncStore.write`; the command line calls
them itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Lazy:
    """The functions of a module, which is loaded where one of them is called first: on the thread that runs it."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            found: Callable[..., object] = getattr(import_module(self._module), name)
            return found(*given, **named)

        return call


if TYPE_CHECKING:
    from store import policy, samples
    from store.audit import log as audit_log
    from store.audit import replay, trends
    from store.audit import undo as audit_undo
    from store.commands import categories as category_commands
    from store.commands import dependencies as dependency_commands
    from store.commands import export as export_commands
    from store.commands import ingest as ingest_commands
    from store.commands import items as item_commands
    from store.commands import saved_queries as saved_query_commands
    from store.commands import settings as settings_commands
    from store.commands import signals as signal_commands
    from store.commands import sync as sync_commands
    from store.commands.imports import apply as import_apply
    from store.commands.imports import plan as import_plan
    from store.filters import completion as filter_completion
    from store.filters import parser as filter_parser
    from store.filters import sql as filter_sql
    from store.formats import lines as file_lines
    from store.formats import reports
    from store.queries import dependency_map, lookup
    from store.queries import follow_ups as follow_up_queries
    from store.queries import history as history_queries
    from store.queries import items as item_queries
    from store.queries import metrics as metric_queries
    from store.queries import overview as overview_queries
    from store.queries import priorities as priority_queries
    from store.queries import report as report_queries
    from store.queries import signals as signal_queries
    from store.review import commands as review_commands
    from store.review import minutes as review_minutes
    from store.review import queries as review_queries
else:
    policy = Lazy("store.policy")
    samples = Lazy("store.samples")
    audit_log = Lazy("store.audit.log")
    replay = Lazy("store.audit.replay")
    trends = Lazy("store.audit.trends")
    audit_undo = Lazy("store.audit.undo")
    category_commands = Lazy("store.commands.categories")
    dependency_commands = Lazy("store.commands.dependencies")
    export_commands = Lazy("store.commands.export")
    ingest_commands = Lazy("store.commands.ingest")
    item_commands = Lazy("store.commands.items")
    saved_query_commands = Lazy("store.commands.saved_queries")
    settings_commands = Lazy("store.commands.settings")
    signal_commands = Lazy("store.commands.signals")
    sync_commands = Lazy("store.commands.sync")
    import_apply = Lazy("store.commands.imports.apply")
    import_plan = Lazy("store.commands.imports.plan")
    filter_completion = Lazy("store.filters.completion")
    filter_parser = Lazy("store.filters.parser")
    filter_sql = Lazy("store.filters.sql")
    file_lines = Lazy("store.formats.lines")
    reports = Lazy("store.formats.reports")
    dependency_map = Lazy("store.queries.dependency_map")
    lookup = Lazy("store.queries.lookup")
    follow_up_queries = Lazy("store.queries.follow_ups")
    history_queries = Lazy("store.queries.history")
    item_queries = Lazy("store.queries.items")
    metric_queries = Lazy("store.queries.metrics")
    overview_queries = Lazy("store.queries.overview")
    priority_queries = Lazy("store.queries.priorities")
    report_queries = Lazy("store.queries.report")
    signal_queries = Lazy("store.queries.signals")
    review_commands = Lazy("store.review.commands")
    review_minutes = Lazy("store.review.minutes")
    review_queries = Lazy("store.review.queries")

__all__ = [
    "Lazy",
    "audit_log",
    "audit_undo",
    "category_commands",
    "dependency_commands",
    "dependency_map",
    "export_commands",
    "file_lines",
    "filter_completion",
    "filter_parser",
    "filter_sql",
    "follow_up_queries",
    "history_queries",
    "import_apply",
    "import_plan",
    "ingest_commands",
    "item_commands",
    "item_queries",
    "lookup",
    "metric_queries",
    "overview_queries",
    "policy",
    "priority_queries",
    "replay",
    "report_queries",
    "reports",
    "review_commands",
    "review_minutes",
    "review_queries",
    "samples",
    "saved_query_commands",
    "settings_commands",
    "signal_commands",
    "signal_queries",
    "sync_commands",
    "trends",
]
