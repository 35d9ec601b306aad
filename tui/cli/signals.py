"""The commands of signals: take in what monitoring reports, and decide what it is about."""

from __future__ import annotations

import os
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store.enums import Direction
from store.formats.dates import parse_date
from store.formats.signals.matchers import propose_matchers
from store.text import number_of
from tui.cli import output
from tui.cli.command import Commands, Found, KeyOrCommand, Session, argument, flag, option
from tui.cli.documents import read_document
from tui.cli.options import AllowPast, Key, Keys, complete_key, complete_signal, field_options, refuse_past, values
from tui.cli.target import day_of
from tui.cli.text import FAINT, STRONG, WARNING, is_narrow, one_line, pairs, paragraph, table_of
from tui.lazy import ingest_commands, item_commands, signal_commands, signal_queries
from tui.render.signals import event_text, rule_target, signal_facts, state_words
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.audit.log import Done
    from store.commands.ingest import Ingested
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.signals.matchers import Matchers
    from store.formats.signals.model import SignalReport
    from store.queries.signals import SignalRow, SignalRuleRow, TimelineEntry

commands, signal_group = Commands(), Commands(cls=KeyOrCommand)
commands.add_typer(signal_group, name="signals")

Tool = Literal["alertmanager", "evidently", "great-expectations", "dbt", "json"]
READERS: dict[Tool, str] = {
    "alertmanager": "alertmanager",
    "evidently": "evidently",
    "great-expectations": "great_expectations",
    "dbt": "dbt",
    "json": "json_lines",
}
"""The tools whose output can be read, and the module that reads each."""
MOST_NOTICES = 20

OfItem = Annotated[str | None, argument("KEY", "Only those of this item.", complete_key)]
Number = Annotated[int, argument("N", "The number of a signal.", complete_signal, min=1)]
Numbers = Annotated[list[int], argument("N", "Numbers of signals.", complete_signal, min=1)]
RuleNumber = Annotated[int, argument("N", "The number of a rule.", min=1)]
Reopen = Annotated[bool, flag("--reopen", "Set the items that firing signals contradict to Open.")]


@signal_group.heads
def signals(session: Session) -> None:
    """Take in signals of monitoring, and attach them to items.

    Without a command, it lists the inbox: the signals that are attached to no item. With a KEY, it lists those of an
    item.

    Examples:
      ai-debt signals                                the inbox
      ai-debt signals EN-001                         the signals of an item
      ai-debt signals pull --alertmanager http://localhost:9093
      ai-debt signals ingest run_results.json --from dbt
      ai-debt signals attach 3 EN-001
      ai-debt signals list --help                    the options of the list
    """
    del session


@signal_group.reads("list")
def list_signals(
    reader: Reader,
    key: OfItem = None,
    all_: Annotated[bool, flag("--all -a", "All signals, also attached, resolved and muted ones.")] = False,
    firing: Annotated[bool, flag("--firing", "Those that are firing and not muted.")] = False,
    muted: Annotated[bool, flag("--muted", "Those that are muted.")] = False,
) -> Found:
    """List the inbox, or the signals of an item.

    Examples:
      ai-debt signals list
      ai-debt signals list --all
      ai-debt signals list EN-001 --firing
      ai-debt signals list --muted --json
    """
    is_inbox = key is None and not (all_ or firing or muted)
    rows = signal_queries.inbox(reader) if is_inbox else signal_queries.signals(reader, key=key)
    if firing or muted:
        rows = tuple(row for row in rows if (firing and row.is_firing) or (muted and row.is_muted))
    empty = "the inbox is empty" if is_inbox else "no signal matches" if firing or muted else "no signals yet"
    return Found("signals", rows, lambda: signals_text(rows), empty=empty)


@signal_group.reads("show")
def show(reader: Reader, number: Number) -> Found:
    """Show everything about one signal.

    Examples:
      ai-debt signals show 3
      ai-debt signals show 3 --json
    """
    row = signal_queries.signal(reader, number)
    label = signal_queries.item_label(reader)
    return Found("signal", row, lambda: signal_text(row, propose_matchers(row.name, row.labels, item_label=label)))


@signal_group.reads("timeline")
def timeline(reader: Reader, key: Key) -> Found:
    """Show when the signals of an item fired, and its statuses.

    Examples:
      ai-debt signals timeline EN-001
    """
    rows = signal_queries.timeline(reader, key)
    return Found("timeline", rows, lambda: timeline_text(rows), empty=f"nothing is known about {line(key)} yet")


@signal_group.session("ingest")
def ingest(
    session: Session,
    file: Annotated[str, argument("FILE", "What the tool wrote; - reads stdin.", is_path=True)] = "-",
    tool: Annotated[Tool | None, option("--from", "|".join(READERS), "The tool that wrote it.")] = None,
    complete: Annotated[
        bool, flag("--complete", "The file lists everything that fires: resolve the tool's other signals.")
    ] = False,
    reopen: Reopen = False,
) -> None:
    """Take in the output of a monitoring tool.

    All of it is taken in, or nothing if it cannot be read. It reads the webhook body and the list of Alertmanager, the
    results of Evidently, Great Expectations and dbt, and plain JSON, one object per line. docs/signals.md describes
    each. A signal that is known already is only counted.

    Examples:
      ai-debt signals ingest webhook.json --from alertmanager
      amtool alert query -o json | ai-debt signals ingest --from alertmanager --complete
      ai-debt signals ingest target/run_results.json --from dbt --reopen
    """
    if tool is None:
        raise typer.BadParameter(f"name the tool with --from: {', '.join(READERS)}")
    text = read_document(file)
    with session.database() as opened:
        report: SignalReport = import_module(f"store.formats.signals.{READERS[tool]}").read(text, now=opened.clock())
        if complete:
            report = report._replace(is_complete=True)
        _tell(session, ingest_commands.ingest(opened, report, source=tool, reopen=reopen))


@signal_group.session("pull")
def pull(
    session: Session,
    alertmanager: Annotated[str, option("--alertmanager", "URL", "The address of the Alertmanager.")],
    credentials: Annotated[
        str | None, option("--credentials", "FILE", "A file with a token, or with user:password.", is_path=True)
    ] = None,
    ca_file: Annotated[
        str | None, option("--ca-file", "FILE", "Certificates to trust instead of the system's.", is_path=True)
    ] = None,
    timeout: Annotated[
        float, option("--timeout", "SECONDS", "How long it may take.", min=1, max=600, show_default=True)
    ] = 30,
    only: Annotated[
        str | None, option("--filter", "MATCHERS", "Take in only alerts whose labels match, as for a rule.")
    ] = None,
    quiet: Annotated[bool, flag("--quiet -q", "Print nothing if it works.")] = False,
    reopen: Reopen = False,
) -> None:
    """Ask an Alertmanager for its alerts, and take them in.

    What it reported before and no longer lists is resolved. Credentials can also be in $AI_DEBT_ALERTMANAGER_TOKEN, or
    in $AI_DEBT_ALERTMANAGER_USER and $AI_DEBT_ALERTMANAGER_PASSWORD. If it does not answer, nothing changes.

    Examples:
      ai-debt signals pull --alertmanager http://localhost:9093
      ai-debt signals pull --alertmanager http://localhost:9093 --filter 'team="ml"' --quiet
      ai-debt signals pull --alertmanager https://alerts.example --credentials ~/.config/alerts.token
    """
    from store.alertmanager_client import WARM_UP, fetch_alerts, fetch_start, load_credentials
    from store.formats.signals.alertmanager import SOURCE, read
    from store.formats.signals.matchers import parse_matchers

    if quiet and session.as_json:
        raise typer.BadParameter("--quiet prints no JSON")
    wanted = None if only is None else parse_matchers(only)
    loaded = load_credentials(_path(credentials), os.environ, url=alertmanager)
    for notice in loaded.notices:
        output.say(f"Notice: {line(notice)}")
    with session.database() as opened:
        if opened.trouble is not None:
            raise opened.trouble
        asked = opened.clock()
        with output.working("Asking Alertmanager"):
            ca, end = _path(ca_file), time.monotonic() + timeout
            text = fetch_alerts(alertmanager, credentials=loaded.credentials, ca_file=ca, timeout=timeout)
            rest = end - time.monotonic()
            started = fetch_start(alertmanager, credentials=loaded.credentials, ca_file=ca, timeout=rest)
        is_warm = started is None or asked - started >= WARM_UP
        report = read(text, now=opened.clock())._replace(origin=alertmanager.rstrip("/"), is_complete=True)
        if wanted is not None:
            report = report.matching(wanted)
        found = ingest_commands.ingest(
            opened, report, source=SOURCE, asked=asked, started=None if is_warm else started, reopen=reopen
        )
    if not quiet:
        _tell(session, found)


def _path(typed: str | None) -> Path | None:
    return None if typed is None else Path(typed).expanduser()


def _tell(session: Session, found: Ingested) -> None:
    """Say what a report changed."""
    if session.as_json:
        output.emit_json("ingested", found)
        return
    output.say(f"{found.message}.")
    for notice in found.notices[:MOST_NOTICES]:
        output.say(f"Notice: {line(notice)}")
    if len(found.notices) > MOST_NOTICES:
        output.say(f"{number_of(len(found.notices) - MOST_NOTICES, 'more notice')}; --json has all of them.")
    for key, reason in found.contradicted:
        reopened = " (reopened)" if key in found.reopened else ""
        output.say(f"Contradicted: {line(key)} is {line(reason)}{reopened}")


@signal_group.writes("attach")
def attach(opened: Database, number: Number, keys: Keys) -> Done:
    """Attach a signal to items.

    Examples:
      ai-debt signals attach 3 EN-001
      ai-debt signals attach 3 EN-001 PD-002
    """
    return signal_commands.attach(opened, [number], keys)


@signal_group.writes("detach")
def detach(opened: Database, number: Number, keys: Keys) -> Done:
    """Detach a signal from items. Rules do not attach it to them again.

    Examples:
      ai-debt signals detach 3 EN-001
    """
    return signal_commands.detach(opened, [number], keys)


@signal_group.writes("mute")
def mute(
    opened: Database,
    numbers: Numbers,
    until: Annotated[str, option("--until", "DATE", "The last day, such as 2026-06-30 or 2w.")],
) -> Done:
    """Mute signals through a day.

    They count as not firing, and leave the inbox.

    Examples:
      ai-debt signals mute 3 --until 2026-06-30
      ai-debt signals mute 3 4 --until friday
    """
    return signal_commands.mute(opened, numbers, _day(opened, until))


def _day(opened: Database, typed: str) -> date:
    """A day in the future as typed; says which day a date in words is. Raises InvalidValueError."""
    found = parse_date(typed, "until", day_of(opened), Direction.AHEAD)
    if found.isoformat() != typed.strip():
        output.say(f"Until: {found:%Y-%m-%d (%a)}")
    return found


@signal_group.writes("unmute")
def unmute(opened: Database, numbers: Numbers) -> Done:
    """Unmute signals.

    Examples:
      ai-debt signals unmute 3
    """
    return signal_commands.mute(opened, numbers, None)


@signal_group.writes("new")
@field_options(required=("category",))
def new(opened: Database, number: Number, allow_past: AllowPast = False, **typed: str | None) -> Done:
    """Add an item from a signal, and attach the signal to it.

    Its description is the summary of the signal by default.

    Examples:
      ai-debt signals new 3 --category EN --severity high
      ai-debt signals new 3 --category EN --title "Feature drift" --owner "ML Platform"
    """
    with opened.read() as reader:
        row = signal_queries.signal(reader, number)
    today = day_of(opened)
    given = values({**typed, "description": typed["description"] or row.summary or row.name}, today)
    if not allow_past:
        refuse_past(given, tuple, today)
    return item_commands.add_item(opened, given, signal=number)


@signal_group.reads("rules")
def rules(reader: Reader) -> Found:
    """List the rules that attach signals.

    They are tried in this order; the first that matches wins.

    Examples:
      ai-debt signals rules
      ai-debt signals add-rule 'alertname="FeatureDrift", model=~"mdl-rec.*"' EN-002
      ai-debt signals add-rule 'alertname="Lag"' --component-label service
    """
    rows = signal_queries.signal_rules(reader)
    empty = "no rules yet: add one with `ai-debt signals add-rule MATCHERS KEY`"
    return Found("signal_rules", rows, lambda: rules_text(rows), empty=empty)


@signal_group.writes("add-rule")
def add_rule(
    opened: Database,
    matchers: Annotated[str, argument("MATCHERS", "Matchers as Alertmanager writes them.")],
    key: Annotated[str | None, argument("KEY", "The item to attach what matches to.", complete_key)] = None,
    component_label: Annotated[
        str | None, option("--component-label", "LABEL", "Attach to the open items with the component in this label.")
    ] = None,
) -> Done:
    """Add a rule that attaches signals.

    It is tried after the others. What waits in the inbox and matches is attached at once.

    Examples:
      ai-debt signals add-rule 'alertname="FeatureDrift", model=~"mdl-rec.*"' EN-002
      ai-debt signals add-rule 'severity="page"' --component-label service
    """
    if (key is None) == (component_label is None):
        raise typer.BadParameter("name an item, or a label with --component-label")
    return signal_commands.add_rule(opened, matchers, key=key, label=component_label)


@signal_group.writes("move-rule")
def move_rule(
    opened: Database,
    number: RuleNumber,
    before: Annotated[
        int | None, option("--before", "N", "The rule to move it before (default: to the end).", min=1)
    ] = None,
) -> Done:
    """Move a rule before another one, or to the end.

    Examples:
      ai-debt signals move-rule 3 --before 1
    """
    return signal_commands.move_rule(opened, number, before=before)


@signal_group.writes("remove-rule")
def remove_rule(opened: Database, number: RuleNumber) -> Done:
    """Remove a rule; what it attached stays attached.

    Examples:
      ai-debt signals remove-rule 3
    """
    return signal_commands.remove_rule(opened, number)


def signals_text(rows: Sequence[SignalRow]) -> str:
    """The signals as a table; with little room a paragraph for each."""
    if is_narrow():
        words = (f"{row.number} {line(row.name)}: {state_words(row)}; {_attached(row)}" for row in rows)
        return "\n".join(map(paragraph, words))
    return table_of(
        rows,
        (Column("No", right=True), lambda row: Cell(str(row.number), STRONG)),
        (Column("State"), lambda row: Cell(state_words(row), WARNING if row.is_firing else "")),
        (Column("Count", right=True), lambda row: Cell(f"{row.reports or 0:,}")),
        (Column("Name", shrinks=True, least=12), lambda row: Cell.of(row.name, STRONG)),
        (Column("Items", shrinks=True, least=7), lambda row: Cell.of(", ".join(row.keys))),
        (Column("Source", shrinks=True), lambda row: Cell.of(row.source)),
        (Column("Summary", shrinks=True, least=12), lambda row: Cell.of(row.summary)),
    )


def _attached(row: SignalRow) -> str:
    return line(", ".join(row.keys)) if row.keys else "not attached"


def signal_text(row: SignalRow, matchers: Matchers) -> str:
    """One signal with everything that is known about it, and the matchers that a rule for it could have."""
    entries = [*signal_facts(row), ("Matchers", line(str(matchers)))]
    return f"{one_line(f'{row.number}  {line(row.name)}', STRONG)}\n\n{pairs(entries)}"


def timeline_text(rows: Sequence[TimelineEntry]) -> str:
    """The events, oldest first."""
    return "\n".join(map(_event, rows))


def _event(row: TimelineEntry) -> str:
    is_said = row.kind != "status"
    style = "" if is_said else FAINT if row.quiet is None else STRONG
    return one_line(event_text(row), style)


def rules_text(rows: Sequence[SignalRuleRow]) -> str:
    """The rules as a table."""
    return table_of(
        rows,
        (Column("No", right=True), lambda row: Cell(str(row.number), STRONG)),
        (Column("Matchers", shrinks=True, least=16), lambda row: Cell.of(row.matchers)),
        (
            Column("Attaches to", shrinks=True, least=12),
            lambda row: Cell.of(rule_target(row), WARNING if row.is_gone else ""),
        ),
    )
