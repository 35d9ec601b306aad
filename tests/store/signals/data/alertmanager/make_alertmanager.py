"""Makes the data of this folder with a real Alertmanager: `python make_alertmanager.py [FOLDER [PROGRAM [AMTOOL]]]`.

Needs Alertmanager 0.25 or newer and its amtool (on Debian: apt install prometheus-alertmanager). Alerts are posted,
silenced and resolved; what it then sends to a webhook, answers and prints is kept, on several lines.
"""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

HERE = Path(__file__).parent
PATIENCE = 60
CONFIG = """
route:
  receiver: register
  group_by: [team]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 1h
  routes:
    - {receiver: few, matchers: [team="data"]}
    - {receiver: search, matchers: [team="search"]}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [model]}
receivers:
  - name: register
    webhook_configs: [{url: "http://127.0.0.1:%(hook)d/all", send_resolved: true}]
  - name: search
    webhook_configs: [{url: "http://127.0.0.1:%(hook)d/search", send_resolved: true}]
  - name: few
    webhook_configs: [{url: "http://127.0.0.1:%(hook)d/few", send_resolved: true, max_alerts: 2}]
"""
DRIFT = {
    "labels": {
        "alertname": "FeatureDrift",
        "severity": "critical",
        "model": "mdl-recommender",
        "team": "ml",
        "debt_item": "EN-001",
    },
    "annotations": {
        "summary": "PSI of watch_minutes is 0.31",
        "description": "The feature has drifted for 30 minutes.",
        "runbook_url": "https://runbooks.example/feature-drift",
    },
    "generatorURL": "https://prometheus.example/graph?g0.expr=psi+%3E+0.2&g0.tab=1",
}
"""Fires; has everything that an alert can have."""
LATENCY = {
    "labels": {"alertname": "SlowInference", "severity": "warning", "model": "mdl-recommender", "team": "ml"},
    "annotations": {"description": "p99 is 1.2 s, «über» the limit\nsince noon"},
    "generatorURL": "https://prometheus.example/graph?g0.expr=latency&g0.tab=1",
}
"""Is inhibited by FeatureDrift, which has the same model."""
STALE = {
    "labels": {"alertname": "StaleEmbeddings", "severity": "info", "model": "mdl-search", "team": "ml"},
    "annotations": {"message": "Embeddings are 9 days old."},
}
"""Is silenced."""
UNNAMED = {"labels": {"job": "batch", "team": "data"}, "annotations": {}}
"""Has no name."""
SKEW = {
    "labels": {"alertname": "ServingSkew", "severity": "high", "model": "mdl-ranker", "team": "search"},
    "annotations": {"summary": "3 features differ between training and serving"},
    "generatorURL": "https://prometheus.example/graph?g0.expr=skew&g0.tab=1",
}
"""Is resolved while another of its team fires."""
CALIBRATION = {"labels": {"alertname": "CalibrationError", "severity": "low", "model": "mdl-ranker", "team": "search"}}
"""Is resolved last."""
LATE = [{"labels": {"alertname": "LateTable", "table": f"t{number}", "team": "data"}} for number in range(4)]
"""More than the webhook of their team sends in one body."""


PATHS = ("/all", "/few", "/search")


class Hook(BaseHTTPRequestHandler):
    """Receives what Alertmanager sends."""

    received: ClassVar[dict[str, queue.Queue[str]]] = {path: queue.Queue() for path in PATHS}

    def do_POST(self) -> None:
        """Keep the body."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received[self.path].put(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


def next_body(path: str, *states: str) -> str:
    """The next body sent to a path whose alerts have these states."""
    end = time.monotonic() + PATIENCE
    while True:
        body = Hook.received[path].get(timeout=end - time.monotonic())
        if sorted(alert["status"] for alert in json.loads(body)["alerts"]) == sorted(states):
            return body


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def ask(url: str, body: object = None) -> str:
    """What Alertmanager answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read().decode()


def wait_until_ready(url: str) -> None:
    """Wait for Alertmanager to answer."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            ask(f"{url}/-/ready")
            return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def keep(path: Path, text: str) -> None:
    """Write JSON on several lines, so that a change of it can be read."""
    path.write_text(json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def resolve(url: str, alert: dict[str, object]) -> None:
    """Post an alert with the present as its end."""
    ask(f"{url}/api/v2/alerts", [{**alert, "endsAt": datetime.now(UTC).isoformat()}])


def make(folder: Path, url: str, amtool: str) -> None:
    """Post, silence and resolve alerts, and keep what comes out."""
    tool = [amtool, f"--alertmanager.url={url}"]
    silence = [*tool, "silence", "add", "--author=ana", "--comment=known", "--duration=2h", "alertname=StaleEmbeddings"]
    subprocess.run(silence, check=True, capture_output=True)
    alerts = [DRIFT, LATENCY, STALE, UNNAMED, *LATE, SKEW, CALIBRATION]
    started = datetime.now(UTC) - timedelta(minutes=30)
    posted = [{**alert, "startsAt": started.isoformat()} for alert in alerts]
    ask(f"{url}/api/v2/alerts", posted)
    keep(folder / "webhook-firing.json", next_body("/all", "firing"))
    keep(folder / "webhook-truncated.json", next_body("/few", "firing", "firing"))
    keep(folder / "api-alerts.json", ask(f"{url}/api/v2/alerts"))
    query = [*tool, "alert", "query", "--output=json", "team=ml"]
    keep(folder / "amtool-alerts.json", subprocess.run(query, check=True, capture_output=True, text=True).stdout)
    next_body("/search", "firing", "firing")
    resolve(url, posted[-2])
    keep(folder / "webhook-mixed.json", next_body("/search", "resolved", "firing"))
    resolve(url, posted[-1])
    keep(folder / "webhook-resolved.json", next_body("/search", "resolved"))


def main(folder: Path = HERE, program: str = "prometheus-alertmanager", amtool: str = "amtool") -> None:
    """Run Alertmanager and a webhook on loopback, and write the files into a folder."""
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as storage:
        config = Path(storage, "alertmanager.yml")
        config.write_text(CONFIG % {"hook": hook.server_port}, encoding="utf-8")
        flags = [
            f"--config.file={config}",
            f"--storage.path={storage}/data",
            f"--web.listen-address={address}",
            "--web.external-url=http://alertmanager.example:9093",
            "--web.route-prefix=/",
            "--cluster.listen-address=",
        ]
        with subprocess.Popen([program, *flags], stderr=subprocess.DEVNULL) as running:
            try:
                wait_until_ready(f"http://{address}")
                make(folder, f"http://{address}", amtool)
            finally:
                running.terminate()
    hook.shutdown()
    hook.server_close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else HERE, *sys.argv[2:])
