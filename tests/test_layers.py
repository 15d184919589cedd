"""The architecture is a test: it passes as it is, and fails when a layer is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--config", ".importlinter", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "planner", tmp_path / "planner", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_layers_hold(copy: Path) -> None:
    ran = lint(copy)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("model/refs.py", "import planner.pipeline", "Layers"),
        ("mesh/protocol.py", "import planner.checks.run", "Layers"),
        ("checks/run.py", "import networkx", "networkx"),
        ("report/words.py", "import planner.plan.order", "Outputs"),
        ("cli/tables.py", "import planner.sources.read", "Only the pipeline"),
        ("evidence/readers/probes.py", "import planner.evidence.readers.webhooks", "Readers do not know"),
        ("checks/rules/host_network_pod.py", "import planner.checks.rules.blind_spot", "Rules do not know"),
    ],
)
def test_an_import_upward_or_over_a_fence_is_caught(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / "planner" / module
    path.write_text(
        path.read_text().replace(
            "from __future__ import annotations\n", f"from __future__ import annotations\n\n{line}\n", 1
        )
    )
    ran = lint(copy)
    assert ran.returncode != 0
    assert contract in ran.stdout
