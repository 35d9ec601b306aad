"""A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from tui.report.charts import picture
from tui.report.map_picture import map_picture
from tui.report.page import Quote

if TYPE_CHECKING:
    from markupsafe import Markup

    from store.audit.trends import Trend
    from tui.render.charts import View
    from tui.report.charts import ChartPicture
    from tui.report.page import Page

GENERATOR = "AI Debt Register: report"
"""The name in each report by which a file is known to be one."""
_HYPHENATED = re.compile(r"(?<![\w-])([^\W\d_]{1,6}-\d{1,8}|\d{4}-\d\d-\d\d)(?![\w-])")
"""A key such as `EN-001`, or a date."""
TEMPLATE, STYLE = "report.html.jinja", "report.css"


def is_report(data: bytes) -> bool:
    """Whether a file was written by `html`."""
    return f'<meta name="generator" content="{GENERATOR}">'.encode() in data[:2_000]


def _unbroken(text: str) -> Markup:
    """A text whose keys and dates are not broken at their hyphens."""
    from markupsafe import Markup

    pieces = (
        Markup('<span class="key">{}</span>' if at % 2 else "{}").format(str(piece))
        for at, piece in enumerate(_HYPHENATED.split(text))
    )
    return Markup("").join(pieces)


def html(page: Page, trend: Trend) -> str:
    """The whole document. Texts are escaped, and the policy in it lets a browser load nothing and run nothing."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    here = files("tui.report")
    style = here.joinpath(STYLE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["unbroken"] = _unbroken
    environment.tests["quote"] = lambda piece: isinstance(piece, Quote)
    template = environment.from_string(here.joinpath(TEMPLATE).read_text(encoding="utf-8"))

    def drawn(view: View) -> ChartPicture:
        found = picture(trend, view)
        return found._replace(svg=Markup(found.svg))

    return template.render(
        page=page,
        generator=GENERATOR,
        style=Markup(style),
        digest=digest,
        chart=drawn,
        map_svg=lambda shown: Markup(map_picture(shown) or ""),
    )
