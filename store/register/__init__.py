"""The verbs: one verb is one transaction and one batch of recorded changes."""

from store.register.about import FactValue, create, set_register
from store.register.categories import add_category, edit_category, move_category, remove_category
from store.register.dependencies import link, link_items, relabel, unlink
from store.register.exchange import (
    DocumentCounts,
    ImportPlan,
    Prefer,
    plan_import,
    read_file,
    refuse_pruning,
    require_sound,
)
from store.register.export import export_file, export_text
from store.register.importing import apply_import
from store.register.items import accept, add_item, comment, edit_items, remove_items, set_status
from store.register.queries import edit_query, remove_query, rename_query, save_query
from store.register.removals import NOTHING_GOES, Removals
from store.register.undo import ImportUndoError, redo, undo

__all__ = [
    "NOTHING_GOES",
    "DocumentCounts",
    "FactValue",
    "ImportPlan",
    "ImportUndoError",
    "Prefer",
    "Removals",
    "accept",
    "add_category",
    "add_item",
    "apply_import",
    "comment",
    "create",
    "edit_category",
    "edit_items",
    "edit_query",
    "export_file",
    "export_text",
    "link",
    "link_items",
    "move_category",
    "plan_import",
    "read_file",
    "redo",
    "refuse_pruning",
    "relabel",
    "remove_category",
    "remove_items",
    "remove_query",
    "rename_query",
    "require_sound",
    "save_query",
    "set_register",
    "set_status",
    "undo",
    "unlink",
]
