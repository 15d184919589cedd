"""Fixtures of the tests that ask Istio itself; they skip where its programs are not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.skips import forbidden

HERE = Path(__file__).parent
HOW = "make mesh-tools"
VARIABLE = "MESHPLAN_MESH_TOOLS"


@pytest.fixture(scope="session")
def simulator() -> Path:
    """The program that runs Istio's traffic simulator; skips where the user has not got it."""
    program = _tools() / "simulator"
    if not program.is_file():
        pytest.skip(f"no simulator of Istio's: {HOW}")
    return program


def _tools() -> Path:
    """Find the folder of the built programs: named by a variable, else where the build puts them."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    script = HERE / "build_tools.py"
    asked = subprocess.run([sys.executable, script, "--where"], capture_output=True, text=True, check=False)
    lines = asked.stdout.split()
    return Path(lines[-1]) if lines else HERE / "no-tools"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where all parts are promised to be there."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if forbidden() and report.skipped and item.path.is_relative_to(HERE):
        report.outcome = "failed"
        report.longrepr = f"skipped, which MESHPLAN_FORBID_SKIPS forbids: {report.longrepr}"
    return report  # type: ignore[return-value]
