"""The fields of each kind of row as JSON, by name and in order, and what they mean, which docs/json.md shows."""

from __future__ import annotations

import re

SHAPES = dict(
    re.findall(
        r"^(\S.*)\n((?: .+\n)+)",
        """
store.audit.log.Head
    sequence          The number of the newest change, 0 without any.
    digest            Its digest, 64 hexadecimal digits.
store.audit.log.Done
    said=message      What was done, as a sentence without its full stop.
    keys              The items it changed.
    batch             The number of its changes, `null` where nothing changed.
    undoable          Whether `undo` reverts it; an export stays.
    cleared           The fields that it also cleared: a new status removes the old status note.
store.fields.Affected
    count             The number of projects that the text gives.
    percent           The percentage of projects that the text gives.
    text              The text as written.
store.formats.links.Link
    label?            What it is called, `null` without a name.
    url               An http or https URL.
store.queries.items.ItemDetail
    extra{}           The columns that only this register has, by name.
    version           The number of changes of the item.
    flags             Of `contradicted`, `escalated`, `firing`, `overdue`, `ended` and `ending` those that apply.
    overdue_days      For how many days it is overdue at least, `null` where it is not.
    follow_ups        Open ones first.
    signals           Those that are attached to it, firing ones first.
    broken_rules      The names of the rules that it breaks.
    untold_rules=unknown_rules  The names of the rules for which that is unknown.
more of an item
    age_days          How long ago it was opened, or else imported.
    age_at_least      Whether that is a lower bound, since the register does not say when it was opened.
    acceptance_days   The days left of its acceptance, negative once it has ended; `null` without an end.
    created           When it was added to the register.
    updated           When it was changed last.
    feeds             What it makes worse.
    fed_by            What makes it worse.
    comments          The changes that are comments, the oldest first.
    last_change       The newest change of the item.
    timeline          The events of its signals and its statuses, the oldest first; empty without signals.
store.queries.items.Neighbor
    key, title=lead, severity, status
    label             Read as SOURCE LABEL TARGET.
store.queries.dependency_map.BlastRadius
    score             Its score, `null` where it is neither Open nor In Progress.
    reached           What it makes worse, directly or over others, the nearest first.
    fed_by            What makes it worse, directly or over others, the nearest first.
    frees             The items that nothing open would feed any more if it were mitigated.
    drop              How much lower the scores of all others would be in total if it were mitigated.
store.queries.dependency_map.ReachRow
    key, title=lead, severity, status
    distance          The number of edges between the two.
    points            What the one that is fed adds to the score of the other, `null` where it adds nothing.
store.queries.follow_ups.FollowUpRow
    number            It names the follow-up and is never reused.
    key               The item's key, the last one it had where the item was removed.
    text              The task.
    owner             Who is responsible.
    due_on, state
    overdue_days      The days since an open one was due, `null` where it is not overdue.
    review            The number of the review that recorded it.
    actor             Who recorded it.
    time
    closed_by         Who marked it done or dropped.
    closed_at         When it was marked done or dropped.
    removed=gone      Whether its item was removed.
store.queries.signals.SignalRow
    number            It names the signal and is never reused.
    source            What reported it, such as `alertmanager`.
    name              What it is called there.
    fingerprint       What identifies it within its source.
    state             `firing` or `resolved`.
    severity          What the monitor calls its severity, `null` where it says nothing.
    summary           What it says, `null` where it says nothing.
    starts            When it began to fire.
    ends              When it was resolved, `null` while it fires.
    last_seen         When it was last reported.
    count=reports     How often it was reported as firing.
    labels{}          Its labels by name.
    link              Where to read more, `null` without a link.
    muted_until       The last day on which it is muted, `null` if it is not.
    muted=is_muted    Whether it is muted today.
    items=keys        The items that it is attached to.
store.queries.signals.TimelineEntry
    time
    kind              `firing` or `resolved` for a signal, `status` for a new status of the item.
    text              The name of the signal, or the status.
    actor             Who set the status, or which monitor reported the signal.
    signal            The number of the signal, `null` for a status.
    quiet_seconds     After Mitigated or Accepted: for how long no signal fired; `null` if one was firing then.
    quiet_now=is_quiet_now  Whether that lasts.
store.queries.signals.SignalRuleRow
    number            It names the rule and is never reused.
    matchers          What it matches, as Alertmanager writes it.
    item=key          The item that it attaches to, `null` for a label, or if the item was removed.
    label             The label whose value names the component of the items that it attaches to.
    skipped=is_gone   Whether its item was removed.
store.commands.ingest.Ingested
    new               The signals that were not known.
    firing_again      Those that started to fire again.
    resolved          Those that were resolved.
    repeated          Those that are known and in the same state.
    passed=ignored    The passed checks of which no signal is known.
    attached          How many attachments labels and rules made.
    waiting           The new signals in the inbox.
    contradicted{}    Why items are contradicted now, by key.
    reopened          The items that were reopened.
    notices           What was kept in another form, and why.
store.queries.overview.CategoryRow
    code              The category's code.
    name              Its name.
    definition        Its definition.
    open=counts.open, in_progress=counts.in_progress, mitigated=counts.mitigated
    accepted=counts.accepted, total=counts.total
    unresolved=.:unresolved  The items that are Open or In Progress.
total
    open=counts.open, in_progress=counts.in_progress, mitigated=counts.mitigated
    accepted=counts.accepted, total=counts.total
    unresolved=.:unresolved  The items that are Open or In Progress.
unresolved
    total=counts.unresolved, critical, high, medium, low
    unrated           Those without a severity.
store.queries.overview.ViewRow
    name              The view's name.
    query             Its query.
    built_in          Whether it comes with the program.
    items             How many items it finds, `null` if its query is invalid.
    cannot_tell=unknown  The number of items for which that is unknown, `null` if its query is invalid.
    problem?          Why its query is invalid.
store.queries.dependency_map.NodeRow
    key, title=lead, category, severity, status
    depth             The number of edges from the first item of its cascade.
    in_cycle          Whether the item can reach itself.
    assumed           Whether it only counts as Mitigated, with `--if`.
store.queries.dependency_map.EdgeRow
    source            The key of the item that makes the other worse.
    target            The key of the item that is made worse.
    label             Read as SOURCE LABEL TARGET.
    back              Whether it closes a cycle.
store.queries.priorities.Priority
    rank              Its place in the list, from 1.
    key, title=lead, category, severity, status, owner
    score             [How it is scored](fix-first.md).
    score_now         The score without what `--if` assumes, `null` without `--if`.
    share             The percentage of projects affected, `null` where it is unknown.
    feeds             The number of open items that it feeds directly.
    reach             The number of open items that count in its score.
    frees             The number of open items that nothing else open feeds.
    root=is_root      Whether no other open item feeds it.
    in_cycle          Whether it is in one of the `cycles`.
    reason            The reason for its rank, in words.
store.queries.priorities.CycleRow
    keys              The items of the cycle.
    ring              Whether each feeds the next and the last the first, with no other dependency among them.
    root=is_root      Whether no open item outside feeds them.
store.policy.RuleRow
    name              The rule's name.
    query             What breaks it.
    built_in=builtin  Whether it comes with the program.
    broken            The keys of the items that break it.
    cannot_tell=unknown  The keys of those for which that is unknown: a share or an age is not known.
    problem?          Why the query is invalid; the rule then finds nothing.
rule pair
    key=0
    rule=1            The rule's name.
store.policy.AcceptedRow
    key, title=lead, category, severity
    by                Who accepted it.
    why               The reason.
    since             When it was accepted last, or when it was imported.
    until             The last day of the acceptance.
    state?none        `ended` after the day `until`, `ending` in the last 14 days.
    days              The days left, negative once it has ended; `null` without an end.
store.policy.OwnerRow
    owner             `null` for what is unassigned.
    items             The number of all their items.
    open              The number of those that are open.
    critical          Of the open ones.
    high              Of the open ones.
    unrated           Of the open ones.
    escalated         The number of items that break a rule.
    overdue
    oldest_days       The age of the oldest open item.
    oldest_at_least   Whether that is a lower bound.
store.queries.overview.RegisterRow
    title             The register's title.
    extends           What it extends.
    system            The system that it is about.
    last_updated      The date in the document.
    purpose, note
    project_total     The number of all projects, which shares are of.
    cadence           When the register is reviewed.
    mitigate_within{}  The days to mitigate an item, by its severity.
    accept_for{}      The days an acceptance lasts, by the item's severity.
    signal_label      The label of a signal that names its item, `null` for `debt_item`.
    document_path     The document it was last imported from or exported to.
    last_change       The time of the newest change.
    version           The number of changes of these facts.
store.formats.document.model.CadenceEntry
    label, text
store.queries.history.ChangeRow
    sequence          The change's number in the trail.
    time
    actor             Who did it.
    batch             Changes of one command have the same number.
    verb              The command.
    entity            `item`, `category`, `dependency`, `register` or another.
    key               The key or name of what was changed.
    field             The field, `null` where a whole one was added or removed.
    before            Its value before, as text.
    after             Its value after, as text.
    note              The comment, or what the change was for.
tui.cli.insights.TrendReport
    unit=trend.unit   What a point represents.
    points            The debt at the end of each day or month; the last one is now.
    months=trend.months  What came and went in each month.
tui.cli.insights.TrendPoint
    day=point.day
    open=point.counts.open  Open or In Progress.
    mitigated=point.counts.mitigated, accepted=point.counts.accepted, categories, severities
    open_high_age=point.high_age  The mean age of the open items that are High or Critical.
tui.cli.insights.CategoryTally
    code=category.code, name=category.name, open=counts.open, mitigated=counts.mitigated
    accepted=counts.accepted
tui.cli.insights.SeverityTally
    severity, open=counts.open, mitigated=counts.mitigated, accepted=counts.accepted
store.audit.trends.Mean
    days=rounded      The mean, `null` of no items.
    at_least          Whether only a minimum is known of some of them.
    items=number      The number of items.
store.audit.trends.Month
    month=name        As in `2026-03`.
    added, reopened
    inflow            What was added or reopened.
    mitigated, accepted, removed
    outflow           What was mitigated, accepted or removed.
    time_to_mitigate=mitigation  The mean time from opening an item to mitigating it.
store.review.queries.ReviewLine
    number
    title             The review's title.
    participants, started, started_by
    ended             `null` while it is open.
    ended_by
    items             The number of items in its queue.
    decided           The number of those that were reviewed.
store.review.queries.ReviewRow
    number
    title             The review's title.
    participants, started, started_by
    ended             `null` while it is open.
    ended_by
    query             What it reviews, `null` for everything.
    skip_days         Items reviewed within as many days were left out.
    decided           The number of items that were reviewed.
    left              The number of those that were not.
    seconds           How long its items took in total.
    queue             The items to review, in order.
store.review.queries.QueueRow
    key, title=lead, severity, status
    reason            Why it is in the queue.
    decided_by        Who reviewed it last.
    decided_at
    seconds           How long it took.
    gone              Whether it was removed; the fields are then the last ones it had.
store.review.minutes.Minutes
    number=review.number
    title=review.title  The review's title.
    participants=review.participants, started=review.started, started_by=review.started_by
    ended=review.ended  `null` while it is open.
    ended_by=review.ended_by
    reopened          When it was reopened, and by whom.
    query=review.query  What it reviews, `null` for everything.
    seconds           How long its items took in total.
    before=.:before   The counts at the start.
    after=.:after     The counts at the end.
    changes           The items that changed.
    links             The changes of dependencies.
    accepted          What was accepted.
    follow_ups        Those recorded in the review, as of its end.
    closed_follow_ups=closed  Those marked done or dropped in the review.
    escalated         The items that newly break a rule.
    contradicted      The Mitigated and Accepted items that firing signals contradicted at the end.
    items             What was reviewed.
    left              What was not reviewed.
before
    open=before.open, in_progress=before.in_progress, mitigated=before.mitigated
    accepted=before.accepted, total=before.total, escalated=escalated_before
after
    open=after.open, in_progress=after.in_progress, mitigated=after.mitigated, accepted=after.accepted
    total=after.total, escalated=escalated_after
store.review.minutes.Reopening
    time, by
    ended             When it had ended before.
    ended_by
store.review.minutes.ItemChanges
    key, title=lead, severity, status
    changes           One for each field that differs; `actor` names everyone who changed it.
store.review.minutes.Acceptance
    key, title=lead
    rationale         Why.
    by                Who accepts it.
    until             The last day of the acceptance.
    actor             Who recorded it.
store.review.minutes.Contradiction
    key, title=lead
    reason            Which signals have been firing since when.
store.review.minutes.Escalation
    key, title=lead
    rules             The names of the rules.
store.review.minutes.MinutesItem
    key, title=lead, severity, status
    reason            Why it was in the queue.
    outcome           `kept`, `changed`, `removed` or `left`.
    by                Who reviewed it.
    seconds           How long it took.
store.review.minutes.Diff
    start             The first moment of the comparison.
    end               The second moment of the comparison.
    new, mitigated, accepted, reopened
    changed           The other items that differ.
    removed
    links             The changes of dependencies.
    escalated         The items that newly break a rule.
store.review.minutes.DiffEnd
    number            The review whose end it is, `null` for now.
    title             The review's title.
    time
store.queries.report.Report
    title=register.title  The register's title.
    system=register.system  The system that it is about.
    time              When the register was read.
    since             What it is compared with.
    counts=counts:items by status  The items by status now.
    before=before:items by status  The items by status at `since`.
    flagged{}         How many items have each flag that any has.
    signals
    movement          What happened to items since then.
    contradicted      The Mitigated and Accepted items that firing signals contradict.
    contradicted_total  The number of all of them.
    escalated         The items that break a rule, those to fix first at the top.
    escalated_total   The number of all of them.
    cannot_tell=unchecked  The number of items for which it is unknown whether they break a rule.
    overdue           The overdue items, the longest overdue at the top.
    overdue_total     The number of all of them.
    first             The items to fix first.
    acceptances       Those that have ended or end within 14 days.
    acceptances_total  The number of all of them.
    owners            Unassigned items first, then the owners with the most open debt.
    owners_total      The number of all of them.
    categories
    map               The dependencies.
    review            The review that ended last, `null` where none has.
    follow_ups        The open ones, the next due at the top.
    follow_ups_total  The number of all of them.
items by status
    open, in_progress, mitigated, accepted, total
store.queries.report.Since
    kind              `review`, `date` or `beginning`: the end of the first import, or else the first change.
    time
    review            The number of the review.
    title             The review's title.
store.queries.signals.SignalCounts
    firing            The signals that fire.
    inbox             The signals that wait in the inbox.
    contradicted      The items that are contradicted.
store.queries.report.Movement
    effect            `new`, `mitigated`, `accepted`, `reopened`, `changed` or `removed`.
    total             The number of all of these items.
    items             The first of them in document order.
store.queries.report.MovedItem
    key, title=lead, severity, status
    by                Who did it.
    note              Its status note.
store.queries.report.AlarmingItem
    key, title=lead, severity, status, owner
    reason            Why it is listed, in words.
store.queries.report.MapPart
    items             The number of items that have a dependency.
    dependencies      The number of dependencies.
    by_category       Whether they are counted by category, as in a large map.
    links             All of them, or the pairs of categories with the most dependencies.
    links_total       The number of all links.
store.queries.report.MapLink
    source            The key of the item that makes the other worse, or the code of a category.
    target            The key of the item that is made worse, or the code of a category.
    label             Read as SOURCE LABEL TARGET, `null` where dependencies are counted.
    count=number      The number of dependencies.
store.queries.report.LastReview
    number
    title             The review's title.
    participants, started, ended
    items             The number of items in its queue.
    reviewed          The number of those that were reviewed.
    decisions         The items that it changed.
    decisions_total   The number of all of them.
store.queries.report.Decision
    key, title=lead
    status            The item's status at the end of the review.
    what              What was decided, in words.
    by                Who recorded it.
store.audit.verify.Finding
    kind              `file`: the file's own checks; `chain`: the trail; `content`: a row that does not match it.
    what              A sentence without its full stop.
    change=sequence   The number of the change that is wrong or missing, or that the row does not match.
    entity            `item`, `category`, `dependency`, `register` or `document`.
    key               The key of that row.
    field             The field of that row.
store.maintenance.doctor.Check
    subject           What was checked, such as `sqlite` or `disk`; a subject can occur more than once.
    state             `ok`, `warning` or `problem`.
    what              A clause without its full stop.
    remedy            What to change.
store.maintenance.backup.Backup
    path              The copy.
    items             The number of items in it.
    removed           The older backups that `--keep` removed.
tui.cli.maintenance.KeyRow
    id=command.id     The command.
    key               The key that is bound.
    context=command.context  Where the key works, such as `item`, `form` or `review`.
    label=command.label  A short name, for the key bar.
    help=command.help  What the command does.
tui.cli.git.FileFinding
    rule=finding.rule  The id of the [rule](documents-as-code.md#rules).
    severity=finding.level  `error` or `warning`.
    file
    line=finding.line  From 1.
    message=finding.message
    remedy=finding.remedy  What to do.
store.formats.document.diff.Difference
    entity            `item`, `category`, `dependency` or `register`.
    key?              `null` for the register.
    field             `null` where a whole one was added or removed, `position` where it was moved.
    before            `null` where it was added.
    after             `null` where it was removed.
tui.cli.sync.SyncReport
    path              The file.
    applied           Whether both sides were written.
    register          What changed in the register.
    file              What changed in the file.
    conflicts         With `--dry-run`, the fields that both changed.
    missing           With `--dry-run`, what the file no longer has.
    older             When the file was the register's state, where it is an older one; `register` is then what it \
would take back.
store.errors.FieldConflict
    key               The item, or `register`.
    field
    before?           Its value before both changes.
    file=mine?        The file's value.
    register=theirs?  The register's value.
    by                Who changed it in the register.
tui.cli.documents.ImportReport
    path=plan.path
    applied           Whether it was written.
    found=plan.counts  What the file has.
    problems=plan.problems  Why it cannot be imported.
    notices=plan.notices
    added=plan.added  The keys of new items.
    added_categories=plan.added_categories, added_dependencies=plan.links
    changed=plan.changed  What takes the file's value.
    missing=plan.missing  What the file no longer has.
    missing_categories=plan.missing_categories, missing_dependencies=plan.missing_links
    removed=going.items  What is removed: nothing without `--prune`.
    removed_categories=going.categories, removed_dependencies=going.edges.text
    kept=plan.register_only  The keys of items that the file never had.
    conflicts=plan.conflicts  The fields that the file and the register have both changed.
    removal_conflicts=plan.pruning.conflicts  What is missing in the file and was changed in the register.
    uncertain=plan.uncertain  The items without a key that may be one of several.
    understood        How the document was read; `null` for JSON and for a map alone.
store.commands.imports.plan.DocumentCounts
    categories, items, dependencies
    cadence           The number of cadence entries.
store.formats.lines.Problem
    line              From 1.
    what
    remedy            What to do.
store.formats.lines.Notice
    line              From 1.
    what
store.formats.document.identity.Uncertain
    key               The key it would get.
    text              What it says.
    candidates        The keys it may have; `--same` chooses one.
store.formats.document.understanding.Understanding
    lists             The lists of items.
    names             What their columns and labels mean.
    words             What their words for severities and statuses mean.
    text              The sections without items.
    not_items         The rows of lists that are not items.
    not_taken         The tables that look like lists of items and cannot be read as such.
store.formats.document.understanding.FoundList
    shape             `table`, `headings`, `list` or `CSV`.
    line              From 1.
    items             The number of items.
    heading           The heading above it.
    category          What the headings say about its items.
    severity          What the headings say about its items.
    status            What the headings say about its items.
store.formats.document.understanding.FoundName
    name              The column or the label.
    means=role        A field, `extra` or `ignore`; `null` in a table that is not taken.
    lines             The lines of the lists where it means that.
store.formats.document.understanding.FoundWord
    field             The field it is a value of.
    word
    value             `null` is unrated.
    known             Whether it is a known word; others are kept as text.
    items=uses        The number of items that use it.
store.formats.document.understanding.LeftText
    heading
    line              From 1.
    lines             The number of lines.
""",
        re.MULTILINE,
    )
)
"""The fields of each kind of row, in order: `name=path:shape?empty  meaning`, a line each or several without a meaning.

The path leads to the value from the row: names of fields, numbers of places, and over all of several values; without
one it is the name. `{}` makes an object of pairs. With `?` an empty text, or the text behind it, becomes null. A
`shape` is that of another entry, where the value's own type does not say it. Types are named by their modules, which
need not be loaded for a row of one to be written.
"""
MEANINGS = {
    "key": "The item's key.",
    "title": "The item's title, or the lead words of its description.",
    "category": "The category's code.",
    "severity": "`null` where the item is unrated.",
    "status": "The item's status.",
    "owner": "`null` where it is unassigned.",
    "due_on": "The due date.",
    "time": "When.",
}
"""What fields mean where their line does not say it."""
ITEM_MEANINGS = {
    "title": "A short name, shown on the map.",
    "affected": "The projects it affects, `null` where the document does not say.",
    "opened_on": "When it was opened, `null` where the document does not say.",
    "accepted_until": "The last day of the acceptance.",
    "links": "Its ticket, dashboard, runbook and other links.",
    "status_note": "The text in brackets after the status.",
}
"""What fields mean in an item; others have their label."""
