"""The dependency map as a Mermaid flowchart: read with the place of everything in it, and written."""

from store.formats.mermaid.chart import Arrow, Chart, Link, LinkStyle, Mention, Paint, Properties, Statement
from store.formats.mermaid.labels import (
    Keys,
    decode_label,
    encode_label,
    is_markdown,
    leading_key,
    node_label,
    unquote,
)
from store.formats.mermaid.reader import first_statement, is_chart, other_kind, read_chart
from store.formats.mermaid.writer import colour, edge_text, link_text, mapped_items, node_id, write_map

__all__ = [
    "Arrow",
    "Chart",
    "Keys",
    "Link",
    "LinkStyle",
    "Mention",
    "Paint",
    "Properties",
    "Statement",
    "colour",
    "decode_label",
    "edge_text",
    "encode_label",
    "first_statement",
    "is_chart",
    "is_markdown",
    "leading_key",
    "link_text",
    "mapped_items",
    "node_id",
    "node_label",
    "other_kind",
    "read_chart",
    "unquote",
    "write_map",
]
