"""The frozen rows that reads hand out; they cross threads and outlive every session."""

from store.rows.cascade import CycleRow, EdgeRow, FirstRow, FirstRows, MapRows, NodeRow, RadiusRow, ReachRow
from store.rows.changes import ChangeRow, Done, Fate, News, Presence, TrailRows
from store.rows.items import ItemDetail, ItemFilter, ItemRow, Neighbour, Page, Place
from store.rows.marks import HeldRow, WrittenRow
from store.rows.policy import AcceptedRow, CheckRows, FoundRow, OwnerRow, RuleRow
from store.rows.register import CategoryRow, Counts, Known, RegisterRow, SavedRow, Summary
from store.rows.review import (
    Acceptance,
    Diff,
    DiffEnd,
    Escalation,
    FollowUpRow,
    ItemChanges,
    ItemNews,
    Minutes,
    MinutesItem,
    QueueRow,
    ReviewLine,
    ReviewRow,
    Started,
)
from store.rows.views import ViewRow

__all__ = [
    "Acceptance",
    "AcceptedRow",
    "CategoryRow",
    "ChangeRow",
    "CheckRows",
    "Counts",
    "CycleRow",
    "Diff",
    "DiffEnd",
    "Done",
    "EdgeRow",
    "Escalation",
    "Fate",
    "FirstRow",
    "FirstRows",
    "FollowUpRow",
    "FoundRow",
    "HeldRow",
    "ItemChanges",
    "ItemDetail",
    "ItemFilter",
    "ItemNews",
    "ItemRow",
    "Known",
    "MapRows",
    "Minutes",
    "MinutesItem",
    "Neighbour",
    "News",
    "NodeRow",
    "OwnerRow",
    "Page",
    "Place",
    "Presence",
    "QueueRow",
    "RadiusRow",
    "ReachRow",
    "RegisterRow",
    "ReviewLine",
    "ReviewRow",
    "RuleRow",
    "SavedRow",
    "Started",
    "Summary",
    "TrailRows",
    "ViewRow",
    "WrittenRow",
]
