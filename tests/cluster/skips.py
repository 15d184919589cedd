"""What is said about tests that were skipped for want of a control plane."""

from __future__ import annotations

import os
from typing import Any

HOW = "make cluster-tools test-cluster"


def forbidden() -> bool:
    """Whether a skip counts as a failure, as in continuous integration."""
    return os.environ.get("MESHPLAN_FORBID_SKIPS", "") not in ("", "0")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line what was skipped and how to get it."""
    skipped = [r for r in terminalreporter.stats.get("skipped", ()) if r.nodeid.startswith("tests/cluster/")]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} tests against a real API server were skipped; to run them: {HOW}")
