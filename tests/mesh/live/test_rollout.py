"""The rollout of the sample, performed step by step in a live mesh, there and back, and held against the verdicts."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.mesh.live import bank, flows
from tests.mesh.live.commands import Commands
from tests.mesh.live.performing import Performance
from tests.mesh.live.world import World

ROOT = Path(__file__).resolve().parents[3]


def _keep(performance: Performance, name: str) -> Path:
    folder = Path(os.environ.get("MESHPLAN_ARTEFACTS") or ROOT / "build" / "mesh")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    path.write_text(performance.matrix.text() + performance.details(), encoding="utf-8")
    cells = dict(zip(performance.matrix.steps, performance.matrix.cells, strict=True))
    path.with_suffix(".json").write_text(json.dumps(cells, indent=1) + "\n", encoding="utf-8")
    return path


def test_every_flow_of_every_step_does_what_its_verdict_says(world_of: Callable[[], World], tmp_path: Path) -> None:
    began, world = time.monotonic(), world_of()
    commands = Commands(bank.SAMPLE, tmp_path / "out", world.plane.kubeconfig)
    commands.plan()
    found = flows.read(commands.out)
    world.load(bank.SAMPLE / "manifests")
    assert not world.loaded.refused
    world.populate(found, bank.PEERS, bank.HOSTS)
    assert not world.controllers.refused and not world.controllers.failed
    told: list[str] = []
    performance = Performance(world, found, commands.verdicts(), told.append)
    try:
        matrix = performance.perform(commands)
    finally:
        kept = _keep(performance, "matrix")
        print("\n".join(told), performance.matrix.text(), kept, sep="\n\n")  # noqa: T201
    print(f"{len(found)} flows, {len(matrix.steps)} moments, {time.monotonic() - began:.0f} s")  # noqa: T201
    counted = matrix.counts()
    assert not world.controllers.refused and not world.controllers.failed
    assert len(matrix.steps) == 2 * len(commands.rollout.places) + 1
    assert not matrix.disagreements(), performance.details()
    assert counted["agreed"] > 0.98 * sum(counted.values()), counted
    assert {verdict for column in matrix.cells for _, verdict in column.values()} >= {
        "mtls",
        "tls",
        "plaintext",
        "bypass",
    }
