"""Prometheus, Alertmanager and node_exporter on loopback, for as long as a test needs them."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tests.monitoring.programs import program
from tests.program import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from http.client import HTTPResponse
    from pathlib import Path

    Command = Callable[[int], Sequence[str | Path]]

T = TypeVar("T")

ATTEMPTS = 5
"""How often a server is started: someone else may take its port first."""


def awaited(find: Callable[[], T | None], what: str) -> T:
    """The first answer that is not empty; fails with `what` if there is none in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if found := find():
                return found
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def fetched(url: str, body: object = None, **parameters: str) -> object:
    """The JSON that a server answers to GET, or to POST with a body."""
    data = None if body is None else json.dumps(body).encode()
    address = f"{url}?{urllib.parse.urlencode(parameters)}" if parameters else url
    request = urllib.request.Request(address, data=data, headers={"Content-Type": "application/json"})
    with _opened(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def _opened(request: urllib.request.Request) -> HTTPResponse:
    """The answer of a server on this machine, whatever proxy the environment names."""
    answer: HTTPResponse = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE)
    return answer


@contextmanager
def server(command: Command, log: Path, *, ready: str) -> Iterator[str]:
    """The URL of a server that `command` starts on a port; it is ready once the path `ready` answers."""
    for _ in range(ATTEMPTS):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(part) for part in command(port)], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        url = f"http://127.0.0.1:{port}"
        try:
            if _is_ready(process, f"{url}{ready}"):
                yield url
                return
        finally:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace"))


def _is_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    """Whether a server answers in time; False if it has ended."""

    def answers() -> bool | None:
        if process.poll() is not None:
            return True
        with _opened(urllib.request.Request(url)) as answer:
            return answer.status == 200 or None

    awaited(answers, url)
    return process.poll() is None


@contextmanager
def node_exporter(folder: Path, home: Path) -> Iterator[str]:
    """node_exporter that serves the `.prom` files of a folder and nothing else."""
    exporter = program("prometheus-node-exporter")

    def command(port: int) -> Sequence[str | Path]:
        return (
            *(exporter, "--collector.disable-defaults", "--collector.textfile"),
            *(f"--collector.textfile.directory={folder}", f"--web.listen-address=127.0.0.1:{port}"),
        )

    with server(command, home / "node-exporter.log", ready="/metrics") as url:
        yield url


@contextmanager
def alertmanager(home: Path) -> Iterator[str]:
    """Alertmanager that notifies no one."""
    manager = program("prometheus-alertmanager")
    config = home / "alertmanager.yml"
    config.write_text(json.dumps({"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}), encoding="utf-8")

    def command(port: int) -> Sequence[str | Path]:
        return (
            *(manager, f"--config.file={config}", f"--storage.path={home / 'alertmanager'}"),
            *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="),
        )

    with server(command, home / "alertmanager.log", ready="/-/ready") as url:
        yield url


@contextmanager
def prometheus(home: Path, *, rules: Path, scrapes: str, alerts_to: str) -> Iterator[str]:
    """Prometheus that scrapes one server, and evaluates rules, several times a second."""
    prometheus = program("prometheus")

    def targets(url: str) -> list[dict[str, list[str]]]:
        return [{"targets": [url.removeprefix("http://")]}]

    config = home / "prometheus.yml"
    settings = {
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms", "evaluation_interval": "250ms"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": "node", "static_configs": targets(scrapes)}],
        "alerting": {"alertmanagers": [{"static_configs": targets(alerts_to)}]},
    }
    config.write_text(json.dumps(settings), encoding="utf-8")

    def command(port: int) -> Sequence[str | Path]:
        return (
            *(prometheus, f"--config.file={config}", f"--storage.tsdb.path={home / 'prometheus'}"),
            f"--web.listen-address=127.0.0.1:{port}",
        )

    with server(command, home / "prometheus.log", ready="/-/ready") as url:
        yield url


def samples(url: str, query: str) -> dict[frozenset[str], float]:
    """What Prometheus answers to a query: the values by the values of their labels, without those of the scrape."""
    answer = fetched(f"{url}/api/v1/query", query=query)
    assert isinstance(answer, dict)
    scrape = ("__name__", "instance", "job")
    return {
        frozenset(text for name, text in each["metric"].items() if name not in scrape): float(each["value"][1])
        for each in answer["data"]["result"]
    }


def firing(url: str) -> dict[str, dict[str, str]]:
    """The labels of the alerts that fire in Prometheus, by their names."""
    answer = fetched(f"{url}/api/v1/alerts")
    assert isinstance(answer, dict)
    found = (alert for alert in answer["data"]["alerts"] if alert["state"] == "firing")
    return {alert["labels"]["alertname"]: alert["labels"] for alert in found}
