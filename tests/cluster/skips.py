"""What is said about tests that were skipped for want of a control plane or a mesh."""

from __future__ import annotations

import os
from typing import Any

HOW = "make cluster-tools test-cluster"
_GROUPS = {
    "tests/cluster/": ("a real API server", HOW),
    "tests/mesh/": ("Istio itself", "make cluster-tools mesh-tools test-mesh"),
}


def forbidden() -> bool:
    """Whether a skip counts as a failure, as in continuous integration."""
    return os.environ.get("MESHPLAN_FORBID_SKIPS", "") not in ("", "0")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line for each group what was skipped and how to get it."""
    for folder, (against, how) in _GROUPS.items():
        skipped = [r for r in terminalreporter.stats.get("skipped", ()) if r.nodeid.startswith(folder)]
        if skipped:
            terminalreporter.write_line(f"{len(skipped)} tests against {against} were skipped; to run them: {how}")
