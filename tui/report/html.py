"""A report as one HTML file that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from tui.report.charts import picture
from tui.report.map_picture import map_picture
from tui.report.page import Quote

if TYPE_CHECKING:
    from store.audit.trends import Trend
    from tui.render.charts import View
    from tui.report.charts import ChartPicture
    from tui.report.page import Page

GENERATOR = "AI Debt Register: report"
"""The name in each report by which a file is known to be one."""
TEMPLATE, STYLE = "report.html.jinja", "report.css"


def is_report(data: bytes) -> bool:
    """Whether a file was written by `html`."""
    return f'<meta name="generator" content="{GENERATOR}">'.encode() in data[:2_000]


def html(page: Page, trend: Trend) -> str:
    """The whole document. Texts are escaped, and the policy in it lets a browser load nothing and run nothing."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    here = files("tui.report")
    style = here.joinpath(STYLE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
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
