"""The verbs: one verb is one transaction and one batch of recorded changes."""

from store.register.about import FactValue, create, set_register
from store.register.categories import add_category, edit_category, move_category, remove_category
from store.register.dependencies import link, relabel, unlink
from store.register.items import accept, add_item, comment, edit_items, remove_items, set_status
from store.register.undo import ImportUndoError, redo, undo

__all__ = [
    "FactValue",
    "ImportUndoError",
    "accept",
    "add_category",
    "add_item",
    "comment",
    "create",
    "edit_category",
    "edit_items",
    "link",
    "move_category",
    "redo",
    "relabel",
    "remove_category",
    "remove_items",
    "set_register",
    "set_status",
    "undo",
    "unlink",
]
