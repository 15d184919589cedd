"""Fixtures of the tests that ask Istio itself; they skip where its programs are not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.skips import forbidden

HERE = Path(__file__).parent
HOW = "make mesh-tools test-mesh"


@pytest.fixture(scope="session")
def simulator() -> Path:
    """The program that runs Istio's traffic simulator; skips where the user has not got it."""
    named = os.environ.get("MESHPLAN_MESH_TOOLS")
    if not named:
        pytest.skip(f"no simulator of Istio's: {HOW}")
    program = Path(named) / "simulator"
    assert program.is_file(), f"MESHPLAN_MESH_TOOLS={named} has no simulator: {HOW}"
    return program.resolve()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skip into a failure where all parts are promised to be there."""
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if forbidden() and report.skipped and item.path.is_relative_to(HERE):
        report.outcome = "failed"
        report.longrepr = f"skipped, which MESHPLAN_FORBID_SKIPS forbids: {report.longrepr}"
    return report  # type: ignore[return-value]
