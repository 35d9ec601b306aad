"""The verbs: one verb is one transaction and one batch of recorded changes."""

from store.register.about import FactValue, create, set_register
from store.register.dependencies import link, relabel, unlink
from store.register.items import accept, add_item, comment, edit_items, remove_items, set_status

__all__ = [
    "FactValue",
    "accept",
    "add_item",
    "comment",
    "create",
    "edit_items",
    "link",
    "relabel",
    "remove_items",
    "set_register",
    "set_status",
    "unlink",
]
