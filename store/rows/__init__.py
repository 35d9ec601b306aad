"""The frozen rows that reads hand out; they cross threads and outlive every session."""

from store.rows.cascade import CycleRow, EdgeRow, FirstRow, FirstRows, MapRows, NodeRow, RadiusRow, ReachRow
from store.rows.changes import ChangeRow, Done, Fate, News, Presence, TrailRows
from store.rows.items import ItemDetail, ItemFilter, ItemRow, Neighbour, Page, Place
from store.rows.register import CategoryRow, Counts, Known, RegisterRow, SavedRow, Summary

__all__ = [
    "CategoryRow",
    "ChangeRow",
    "Counts",
    "CycleRow",
    "Done",
    "EdgeRow",
    "Fate",
    "FirstRow",
    "FirstRows",
    "ItemDetail",
    "ItemFilter",
    "ItemRow",
    "Known",
    "MapRows",
    "Neighbour",
    "News",
    "NodeRow",
    "Page",
    "Place",
    "Presence",
    "RadiusRow",
    "ReachRow",
    "RegisterRow",
    "SavedRow",
    "Summary",
    "TrailRows",
]
