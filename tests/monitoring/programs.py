"""The programs that tests run, each from a package of Debian."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.program import PATIENCE

PACKAGES = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "openssl": "openssl",
    "chromium": "chromium",
}
"""The package that has each program; `.ci/run` installs them."""
IN_CI = bool(os.environ.get("CI"))
_PATH = os.environ.get("PATH")


def program(name: str) -> str:
    """The path of a program. A test that needs a missing one is skipped, and fails where CI runs it."""
    if found := shutil.which(name, path=_PATH):
        return found
    reason = f"requires {name} (Debian package {PACKAGES[name]})"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


def promtool(*arguments: str, stdin: bytes = b"") -> str:
    """What promtool prints, which must end well."""
    done = subprocess.run(
        [program("promtool"), *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    return said
