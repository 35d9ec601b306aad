"""The command that prints the metrics of a register for Prometheus, or writes them for node_exporter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import RegisterError
from tui.cli import output
from tui.cli.command import Commands, Session, option
from tui.cli.options import proposed
from tui.lazy import metric_queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from prometheus_client.metrics_core import Metric as Exposed

    from store.queries.metrics import Family


commands = Commands()

FORMATS = ("prometheus", "openmetrics")
SUFFIX = ".prom"
"""The names of the files that node_exporter reads end in this."""
READABLE = 0o644
"""node_exporter runs as another user."""


@commands.session("metrics", shared=("db",))
def metrics(
    session: Session,
    textfile: Annotated[
        str | None, option("--textfile", "FILE", "Write them to a .prom file for node_exporter.", is_path=True)
    ] = None,
    shape: Annotated[
        str, option("--format", "|".join(FORMATS), "The text format.", proposed(FORMATS), show_default=True)
    ] = FORMATS[0],
    backups: Annotated[
        str | None, option("--backups", "DIR", "Look for backups there, and next to the register.", is_path=True)
    ] = None,
) -> None:
    """Print the metrics of the register for Prometheus.

    With --textfile it prints nothing, and replaces the file in one step; if something fails, the old file stays.
    docs/monitoring.md describes every metric.

    Examples:
      ai-debt metrics
      ai-debt metrics --textfile /var/lib/prometheus/node-exporter/ai-debt.prom
      ai-debt metrics --textfile ai-debt.prom --backups /var/backups/debt
      ai-debt metrics --format openmetrics
    """
    if shape not in FORMATS:
        raise typer.BadParameter(f"unknown format {shape!r}: use prometheus or openmetrics")
    if textfile is not None and shape != FORMATS[0]:
        raise typer.BadParameter("--textfile needs the prometheus format: node_exporter reads no other")
    file = None if textfile is None else Path(textfile).expanduser()
    if file is not None and not file.name.endswith(SUFFIX):
        remedy = f"name it {file.stem}{SUFFIX}, since node_exporter reads no other files"
        raise RegisterError(f"{file} does not end in {SUFFIX}", remedy)
    folders = () if backups is None else (Path(backups).expanduser(),)
    for folder in folders:
        # Without this, a directory that cannot be read would look like one without backups.
        try:
            os.scandir(folder).close()
        except OSError as error:
            what = f"the directory {folder} cannot be read ({error.strerror})"
            raise RegisterError(what, "name the directory of your backups") from None
    with session.database() as opened:
        text = exposition(metric_queries.metrics(opened, backups=folders), shape)
        if file is None:
            output.emit_document(text.decode())
            return
        from store.db.files import replacing

        with replacing(file, register=opened.path) as replaced:
            replaced.overwrite(text, mode=READABLE)


def exposition(families: Sequence[Family], shape: str) -> bytes:
    """The metrics in one of FORMATS, in their order."""
    from prometheus_client import CollectorRegistry, exposition, openmetrics

    # Without the metrics of this process, which ends before anyone could read a second value.
    registry = CollectorRegistry()
    registry.register(_Collector(families))
    if shape == "openmetrics":
        found: bytes = openmetrics.exposition.generate_latest(registry)  # type: ignore[no-untyped-call]
        return found
    return exposition.generate_latest(registry)


class _Collector:
    """Hands metrics to the library that writes them."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Exposed]:
        """The metrics that have samples."""
        return (_exposed(family) for family in self._families if family.samples)


def _exposed(family: Family) -> Exposed:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    from store.queries.metrics import BUCKETS, Histogram, Kind

    metric, labels = family.metric, ("system", *family.metric.labels)
    if metric.kind is Kind.HISTOGRAM:
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=labels, unit=metric.unit)
        bounds = [*map(str, map(float, BUCKETS)), "+Inf"]
        for sample in family.samples:
            assert isinstance(sample.value, Histogram)
            counts = list(zip(bounds, map(float, sample.value.counts), strict=True))
            histogram.add_metric(sample.labels, counts, sample.value.total)
        return histogram
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    exposed = kind(metric.name, metric.help, labels=labels, unit=metric.unit)
    for sample in family.samples:
        assert not isinstance(sample.value, Histogram)
        exposed.add_metric(sample.labels, sample.value)
    return exposed
