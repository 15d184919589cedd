"""A rendered plan on disk, and a cluster that answers its scripts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from planner.render.files import render
from planner.render.write import write
from tests.unit.bundle.worlds import World

FAKE = Path(__file__).with_name("fake_kubectl.py")


def real_kubectl() -> str:
    found = shutil.which("kubectl")
    if not found:
        pytest.skip("kubectl is not installed: see https://kubernetes.io/docs/tasks/tools/")
    return found


@dataclass
class Cluster:
    """A folder with the plan and one with the cluster."""

    out: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, phase: str, script: str, *args: str, context: str = "test", **more: str
    ) -> subprocess.CompletedProcess[str]:
        command = [
            "bash",
            str(self.out / "phases" / phase / f"{script}.sh"),
            *(["--context", context] if context else []),
            *args,
        ]
        environment = {k: v for k, v in os.environ.items() if k != "MESHPLAN_CONTEXT"} | self.environment | more
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.home / "store.json").read_text())

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        (self.home / "store.json").write_text(json.dumps(value))

    @property
    def calls(self) -> list[list[str]]:
        log = self.home / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def cluster_of(tmp_path: Path):
    """Render a world and put its objects into a cluster."""

    def build(world: World, **environment: str) -> Cluster:
        out, home = tmp_path / "out", tmp_path / "home"
        write(render(world.bundles(), world.plan), out)
        (home / "bin").mkdir(parents=True)
        (home / "tools").mkdir()
        fake = home / "bin" / "kubectl"
        fake.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} "$@"\n')
        fake.chmod(0o755)
        made = Cluster(
            out,
            home,
            {
                "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
                "FAKE_STORE": str(home / "store.json"),
                "FAKE_LOG": str(home / "log"),
                "REAL_KUBECTL": real_kubectl(),
                "FAKE_TOOLS": str(home / "tools"),
                **environment,
            },
        )
        made.state = {
            f"{o.ref.kind.lower()}/{o.ref.namespace}/{o.ref.name}": json.loads(json.dumps(o.raw)) for o in world.objects
        }
        return made

    return build
