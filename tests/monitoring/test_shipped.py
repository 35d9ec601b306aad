"""What docs/monitoring ships, read by the programs that it is for: alert rules, a dashboard, timers and a crontab."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from store.policy import BUILTIN
from tests.behavior.command_line import CommandLine
from tests.cli.door import Door
from tests.monitoring.programs import promtool
from tests.monitoring.shipped import (
    ALERTMANAGER,
    BOARD,
    CASES,
    PLACES,
    RULES,
    SHIPPED,
    UNITS,
    alerts,
    expressions,
    jobs,
)
from tests.program import PATIENCE, ROOT
from tests.store.signals.loopback import Loopback, answer

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"\bai_debt_\w+")
COLUMNS = 24
"""The columns of a dashboard of Grafana."""


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the samples of a register that has everything that is measured."""
    home = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        cli = CommandLine(home, patch)
        cli.done("import", str(ROOT / "store" / "samples" / "ai-debt-register.md"), "--yes")
        cli.done("review", "start")
        cli.done("review", "finish", "1")
        cli.done("backup")
        signal = {"source": "ci", "fingerprint": "1", "name": "Drift", "state": "firing"}
        cli.done("signals", "ingest", "-", "--from", "json", stdin=json.dumps(signal).encode())
        families = text_string_to_metric_families(cli.done("metrics"))
        return {sample.name for each in families for sample in each.samples}


def test_promtool_accepts_the_rules_and_their_cases() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES))
    assert "SUCCESS" in promtool("test", "rules", str(CASES))


def test_every_alert_fires_in_one_case_and_not_in_another() -> None:
    cases = [
        (case["alertname"], bool(case["exp_alerts"]))
        for test in yaml.safe_load(CASES.read_text(encoding="utf-8"))["tests"]
        for case in test["alert_rule_test"]
    ]
    assert set(cases) == {(name, fires) for name in alerts() for fires in (True, False)}


def test_a_case_that_expects_another_alert_fails(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    (tmp_path / CASES.name).write_text(CASES.read_text(encoding="utf-8").replace("0 7 0", "0 8 0"), encoding="utf-8")
    with pytest.raises(AssertionError, match="FAILED"):
        promtool("test", "rules", str(tmp_path / CASES.name))


def test_every_metric_of_the_rules_and_the_dashboard_exists(names: set[str]) -> None:
    for where, expression in {**alerts(), **expressions()}.items():
        used = set(NAME.findall(expression))
        assert used, where
        assert used <= names, where


def test_the_built_in_rules_have_their_own_alerts() -> None:
    assert f'rule!~"{"|".join(BUILTIN)}"' in alerts()["AIDebtRuleBroken"]


def test_promtool_parses_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions().values())]
    assert len(rules) > 20
    (tmp_path / "board.yml").write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", str(tmp_path / "board.yml"))


def test_every_panel_has_its_place_its_source_and_the_chosen_systems() -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    assert [each["name"] for each in board["templating"]["list"]] == ["datasource", "system"]
    source = {"type": "prometheus", "uid": "${datasource}"}
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        taken |= cells
        assert panel["datasource"] == source
        assert [each["refId"] for each in panel["targets"]] == list("AB"[: len(panel["targets"])])
        for target in panel["targets"]:
            assert target["datasource"] == source
            assert target["expr"].count("{") == target["expr"].count('system=~"$system"')
    # Without gaps.
    assert len(taken) == COLUMNS * (1 + max(y for _, y in taken))
    ids = [panel["id"] for panel in board["panels"]]
    assert all(first < second for first, second in pairwise(ids))


def test_timers_and_crontab_run_the_same_jobs() -> None:
    found = list(jobs({}))
    assert {each[0] for each in found} == {"backup", "check", "metrics", "signals"}
    assert [found.count(each) for each in found] == [2] * len(found)


def test_every_job_runs_and_prints_nothing_but_the_backup(
    sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ai_debt = Door(tmp_path, monkeypatch)
    assert ai_debt.database == sample_copy
    for name in ("collected", "backups"):
        (tmp_path / name).mkdir()
    with Loopback(answer("[]", "Content-Type: application/json")) as server:
        places = {**PLACES, ALERTMANAGER: server.origin}
        for job in jobs(places):
            said = ai_debt.done(*job)
            assert said.raw == b""
            assert bool(said.err) == (job[0] == "backup")
    assert len(list((tmp_path / "backups").iterdir())) == 2
    assert (tmp_path / "collected" / "ai-debt.prom").exists()
    assert sum("/api/v2/alerts" in request for request in server.requests) == 2


def test_the_units_of_systemd_are_sound(tmp_path: Path) -> None:
    for path in UNITS:
        unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read_string(path.read_text(encoding="utf-8"))
        assert unit["Unit"]["Description"]
        if path.suffix == ".timer":
            assert path.with_suffix(".service") in UNITS
            assert unit["Install"]["WantedBy"] == "timers.target"
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/usr/local/bin/ai-debt", "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [analyze, "verify", *(str(tmp_path / path.name) for path in UNITS)],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_document_names_every_alert_and_links_to_every_file() -> None:
    text = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(AIDebt\w+)` \|", text, re.MULTILINE) == list(alerts())
    assert {path.name for path in SHIPPED.iterdir()} == set(re.findall(r"\(monitoring/([^)]+)\)", text))
