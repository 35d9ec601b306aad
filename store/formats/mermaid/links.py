"""Reads an arrow of a flowchart with its label."""

from __future__ import annotations

import re

from store.formats.mermaid.chart import Link
from store.formats.mermaid.labels import decode_label, unquote

_ID = re.compile(r"(?P<id>\w[\w.\-]*)@(?=[<ox]?[-=~])")
_ARROW = re.compile(r"[<ox]?(?:--+[->ox]|==+[=>ox]|-\.+-[>ox]?)|~~~+")
_LABELLED = re.compile(
    r"""(?P<head>[<ox]?)(?:
     --(?P<line>[ \t]*"[^"]*"[ \t]*|[^-"|>\n][^"|\n]*?)(?P<line_end>--+[->ox])
    |==(?P<thick>[ \t]*"[^"]*"[ \t]*|[^="|>\n][^"|\n]*?)(?P<thick_end>==+[=>ox])
    |-\.(?P<dots>[ \t]*"[^"]*"[ \t]*|[^."|>\n][^"|\n]*?)(?P<dots_end>(?<!\.)\.++-[>ox]?))""",
    re.VERBOSE,
)
_PIPED = re.compile(r'[ \t]*\|(?P<label>[ \t]*"[^"]*"[ \t]*|[^|"\n]*)\|')


def read_link(text: str, position: int) -> Link | None:
    """The arrow at a place; one with a head at its beginning alone is none, as Mermaid does not draw it."""
    name = _ID.match(text, position)
    start = name.end() if name else position
    if match := _ARROW.match(text, start):
        piped = _PIPED.match(text, match.end())
        source, end, arrow = (piped["label"], piped.end(), match[0]) if piped else ("", match.end(), match[0])
    elif match := _LABELLED.match(text, start):
        kind = next(kind for kind in ("line", "thick", "dots") if match[kind] is not None)
        arrow = f"{match['head']}{'-' if kind == 'dots' else ''}{match[f'{kind}_end']}"
        source, end = match[kind], match.end()
    else:
        return None
    link = Link(start, end, arrow, decode_label(unquote(source)).strip(), name["id"] if name else "")
    return None if arrow[0] in "<ox" and not link.directed else link
