"""A report as Markdown for GitHub: headings, tables, and the map as Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import rating
from store.formats.markdown import inline, row_line
from store.formats.mermaid.chart import encode_label
from store.text import number_of
from tui.report.page import ChartBlock, MapBlock, Paragraph, Quote, TableBlock, name_of, titled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.report.page import Block, Page


def markdown(page: Page) -> str:
    """The whole document; it ends in a line end."""
    under = f"{inline(page.system)} · {page.time}" if page.system else page.time
    figures = " · ".join(f"{figure.label} **{figure.number:,}**" for figure in page.figures)
    parts = [f"# {inline(page.title)}", under, page.state, figures]
    for section in page.sections:
        parts.append(f"## {section.title}")
        for block in section.blocks:
            parts += _block(block)
    return "\n\n".join([*parts, f"{page.source}. Times are UTC."]) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield "".join(inline(piece) if isinstance(piece, Quote) else piece for piece in block.pieces)
        case TableBlock():
            yield f"**{block.caption}**"
            yield _table(block)
            if block.more:
                yield block.more
        case ChartBlock():
            yield f"### {block.title}"
            yield _table(block.table)
        case MapBlock():
            if len(block.part.links) == block.part.links_total:
                yield _chart(block)
            yield from _block(block.table)


def _table(table: TableBlock) -> str:
    kinds = [column.kind for column in table.columns]
    lines = [row_line(column.title for column in table.columns)]
    lines.append(row_line("---:" if kind == "number" else "---" for kind in kinds))
    for row in table.rows:
        cells = (value if kind == "number" else inline(value) for kind, value in zip(kinds, row, strict=True))
        lines.append(row_line(cells))
    return "\n".join(lines)


def _chart(shown: MapBlock) -> str:
    """The map as a flowchart: what its boxes are is in words, since it has no colors."""
    part, lines = shown.part, ["```mermaid", "graph TD"]
    if part.by_category:
        codes = dict.fromkeys(end for link in part.links for end in (link.source, link.target))
        labels = {code: name_of(f"{code} {shown.names[code]}") for code in codes}
    else:
        labels = {
            node.key: Quote(f"{titled(node.key, node.lead)}\n{rating(node.severity)}, {node.status.value}")
            for node in part.rows.nodes
        }
    ids = {key: f"n{number}" for number, key in enumerate(labels, 1)}
    lines += [f'    {ids[key]}["{encode_label(label)}"]' for key, label in labels.items()]
    for link in part.links:
        words = number_of(link.number, "dependency", "dependencies") if part.by_category else name_of(link.label)
        arrow = f'-->|"{encode_label(words)}"|' if words else "-->"
        lines.append(f"    {ids[link.source]} {arrow} {ids[link.target]}")
    return "\n".join([*lines, "```"])
