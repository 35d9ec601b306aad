"""`ai-debt signals pull`: an Alertmanager is asked for its alerts, and what it no longer lists is resolved."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_signals import WEBHOOK
from tests.program import PATIENCE, run
from tests.store.signals.loopback import Loopback, answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from tests.cli.door import Door

FAR = "2199-01-01T00:00:00Z"


def listed(*names: str) -> bytes:
    """The API's answer: some of the alerts of the webhook, by name."""
    alerts = [
        {**alert, "endsAt": FAR, "updatedAt": alert["startsAt"], "status": {"state": "active"}}
        for alert in WEBHOOK["alerts"]  # type: ignore[attr-defined]
        if alert["labels"]["alertname"] in names
    ]
    return answer(json.dumps(alerts), "Content-Type: application/json")


def in_turn(answers: list[bytes], status: bytes = b"{}") -> Callable[[Loopback, socket], None]:
    """Gives the alerts one answer after the other, and its status whenever that is asked for."""

    def respond(server: Loopback, connection: socket) -> None:
        is_status = "/api/v2/status" in server.requests[-1]
        connection.sendall(answer(status) if is_status else answers[len(asked_for_alerts(server)) - 1])

    return respond


def asked_for_alerts(server: Loopback) -> list[str]:
    """The requests for alerts."""
    return [request for request in server.requests if "/api/v2/alerts" in request]


def test_an_alertmanager_that_has_just_started_resolves_only_what_it_knew(sample: Door) -> None:
    with Loopback(in_turn([listed("FeatureDrift")])) as server:
        pull = ("signals", "pull", "--alertmanager", server.origin)
        sample.done(*pull)
        server.requests.clear()
        started = json.dumps({"uptime": datetime.now(UTC).isoformat()}).encode()
        server.respond = in_turn([listed("ScoreShift"), listed()], started)
        assert sample.done(*pull).err.startswith(
            "1 new signal; 1 attached.\nNotice: alertmanager has just started and may not list everything yet: "
        )
        # The other one has been listed since the start.
        assert sample.done(*pull).err.startswith("1 resolved.\n")
    assert {row["name"]: row["state"] for row in signals(sample)} == {
        "FeatureDrift": "firing",
        "ScoreShift": "resolved",
    }


def test_alerts_are_pulled_and_resolved(sample: Door) -> None:
    answers = [listed("FeatureDrift", "ScoreShift"), listed("FeatureDrift"), listed()]
    with Loopback(in_turn(answers)) as server:
        pull = ("signals", "pull", "--alertmanager", server.origin)
        assert sample.done(*pull).err.splitlines() == [
            "2 new signals; 1 attached, 1 in the inbox.",
            "Contradicted: FL-001 is mitigated, but ScoreShift has been firing since 2026-03-01",
        ]
        assert sample.done(*pull).err == "1 resolved, 1 repeated.\n"
        found = sample.done(*pull, "--json").json["ingested"]
        assert isinstance(found, dict)
        assert found["resolved"] == 1
    assert sample.done("signals", "list", "--firing").err == "no signal matches\n"
    sample.done("verify")


def test_a_contradicted_item_is_reopened_on_request(sample: Door) -> None:
    with Loopback(listed("ScoreShift")) as server:
        said = sample.done("signals", "pull", "--alertmanager", server.origin, "--reopen")
    assert said.err.endswith("(reopened)\n")
    assert sample.done("show", "FL-001", "--json").json["item"]["status"] == "Open"  # type: ignore[index]


def test_only_what_matches_is_pulled(sample: Door) -> None:
    with Loopback(listed("FeatureDrift", "ScoreShift")) as server:
        pull = ("signals", "pull", "--alertmanager", server.origin)
        said = sample.done(*pull, "--filter", 'alertname!~"Feature.*", source="alertmanager"')
        assert said.err.startswith("1 new signal; ")
        assert [row["name"] for row in signals(sample)] == ["ScoreShift"]
        # What was taken in before and does not match counts as no longer listed.
        assert sample.done(*pull, "--filter", "alertname=FeatureDrift").err.startswith("1 new signal, 1 resolved")
        refused = sample(*pull, "--filter", "alertname~x")
    assert (refused.code, refused.raw) == (1, b"")
    assert len(asked_for_alerts(server)) == 2


def test_a_quiet_pull_prints_only_what_is_wrong(sample: Door) -> None:
    with Loopback(listed("ScoreShift")) as server:
        pull = ("signals", "pull", "--quiet", "--alertmanager", server.origin)
        said = sample.done(*pull)
        assert (said.raw, said.err) == (b"", "")
        assert len(signals(sample)) == 1
        assert sample(*pull, "--json").code == 2
    assert "ai-debt: " in sample(*pull).err


def signals(door: Door) -> list[dict[str, object]]:
    """All signals."""
    found = door.done("signals", "list", "--all", "--json").json["signals"]
    assert isinstance(found, list)
    return found


def test_credentials_are_sent_and_never_shown(sample: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = sample.home / "alerts.token"
    secret.write_text("s3cret\n", encoding="utf-8")
    secret.chmod(0o600)
    with Loopback(answer("no", status="403 Forbidden")) as server:
        said = sample("signals", "pull", "--alertmanager", server.origin, "--credentials", "alerts.token")
        monkeypatch.setenv("AI_DEBT_ALERTMANAGER_TOKEN", "s3cret")
        other = sample("signals", "pull", "--alertmanager", server.origin)
    assert all("Authorization: Bearer s3cret" in request for request in server.requests)
    assert len(server.requests) == 2
    for each in (said, other):
        assert each.code == 1
        assert "403" in each.err
        assert "s3cret" not in each.err


@pytest.mark.parametrize(
    "response",
    [
        answer("<html><title>Sign in</title></html>", "Content-Type: text/html"),
        answer("{}"),
        answer('[{"labels": {"alertname": "A"}, "status": {"state": "active"}}]'),
        answer("down", status="503 Service Unavailable"),
        b"",
    ],
    ids=["web page", "object", "no fingerprint", "down", "hung up"],
)
def test_a_wrong_answer_is_a_sentence_and_changes_nothing(sample: Door, response: bytes) -> None:
    before = sample.done("history", "--json").json["head"]
    with Loopback(response) as server:
        said = sample("signals", "pull", "--alertmanager", server.origin)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("ai-debt: ")
    assert len(said.err.splitlines()) == 1
    assert sample.done("history", "--json").json["head"] == before
    # The server is gone by now.
    said = sample("signals", "pull", "--alertmanager", server.origin)
    assert said.code == 1
    assert "refuse" in said.err


def test_a_slow_server_is_given_up(sample: Door) -> None:
    def wait(server: Loopback, _: socket) -> None:
        server.stopped.wait(PATIENCE)

    with Loopback(wait) as server:
        said = sample("signals", "pull", "--alertmanager", server.origin, "--timeout", "1")
        server.stopped.set()
    assert said.code == 1
    assert "did not answer in time" in said.err


def test_two_pulls_at_once_are_one_signal_with_two_reports(sample: Door) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)

    def respond(_: Loopback, connection: socket) -> None:
        # Both have asked before either is answered.
        together.wait()
        connection.sendall(listed("FeatureDrift"))

    with Loopback(respond) as one, Loopback(respond) as other, ThreadPoolExecutor() as pool:
        pulls = [
            pool.submit(run, "signals", "pull", "--alertmanager", each.origin, "--db", "register.db", cwd=sample.home)
            for each in (one, other)
        ]
        assert [pull.result().returncode for pull in pulls] == [0, 0]
    rows = sample.done("signals", "--all", "--json").json["signals"]
    assert isinstance(rows, list)
    assert [(row["name"], row["count"]) for row in rows] == [("FeatureDrift", 2)]
    sample.done("verify")
