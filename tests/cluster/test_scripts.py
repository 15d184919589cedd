"""The rendered scripts on a real API server: every step changes what its bundle says, nothing else, and goes back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from planner import pipeline
from planner.model.bundle import StepBundle
from planner.render.names import safe
from planner.settings import Settings
from tests.cluster.api import Key
from tests.cluster.comparing import State, created_key, expected, state, surprises, without_restarts
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import Loaded, load
from tests.conftest import ROOT

BANK = ROOT / "samples/bank/manifests"
REFUSED: dict[str, dict[str, int]] = {"sock-shop": {"old-api": 2}}
"""Per corpus: how many objects today's API server refuses, by class of the reason (see `loading`); else none."""


def _cases() -> list[Any]:
    found = [pytest.param(BANK, "default", id="bank")]
    for corpus in sorted(ROOT.parent.glob("shared/corpus/*/")):
        truth = (corpus / "expected.yaml").read_text().split("default_namespace: ")[1].split()[0]
        found.append(pytest.param(corpus / "manifests", truth, id=corpus.name))
    return sorted(found, key=lambda one: one.id not in ("train-ticket", "platform-cluster"))  # long ones first


@pytest.mark.parametrize(("manifests", "namespace"), _cases())
def test_scripts_forth_and_back(
    fresh_control_plane: ControlPlane, status_writer: Any, tmp_path: Path, manifests: Path, namespace: str,
    record_property: Any,
) -> None:  # fmt: skip
    plane, began = fresh_control_plane, time.monotonic()
    loaded = load(plane, manifests, namespace)
    _refusals_are_explained(loaded, manifests.parent.name)
    run = pipeline.start([str(manifests)], Settings(), namespace, lambda *_: None)
    pipeline.produce(run, tmp_path / "out", lambda *_: None)
    status_writer(plane)
    start = now = state(plane)
    restarted = _restarted(step for bundle in run.bundles for step in bundle.steps)
    applied = undone = 0
    for bundle in run.bundles:
        scripts = tmp_path / "out/phases" / safe(bundle.folder)
        for step in bundle.steps:
            now = _stepped(plane, scripts, step, now, undo=False)
            applied += 1
    there = now
    for bundle in reversed(run.bundles):
        steps = {step.name: step for step in bundle.steps}
        for name in bundle.undo_order:
            scripts = tmp_path / "out/phases" / safe(bundle.folder)
            now = _stepped(plane, scripts, steps[name], now, undo=True)
            undone += 1
    assert not surprises(without_restarts(start, restarted), without_restarts(now, restarted))
    changed = len(surprises(start, there))
    assert applied and applied == undone and changed
    record_property("counts", f"{len(start)} objects, {applied} steps applied, {undone} undone, {changed} differences")
    words = f"{manifests.parent.name}: {len(start)} objects compared, {applied} steps applied, {undone} undone"
    print(f"{words}, {changed} fields or objects changed in between, {time.monotonic() - began:.0f} s")  # noqa: T201


def _refusals_are_explained(loaded: Loaded, name: str) -> None:
    counted: dict[str, int] = {}
    for refused in loaded.refused:
        counted[refused.reason] = counted.get(refused.reason, 0) + 1
    assert counted == REFUSED.get(name, {}), "\n".join(f"{r.reason} {r.subject}: {r.said}" for r in loaded.refused)


def _stepped(plane: ControlPlane, scripts: Path, step: StepBundle, before: State, *, undo: bool) -> State:
    script = scripts / ("undo.sh" if undo else "apply.sh")
    command = ["bash", str(script), "--context", plane.context, step.name]
    environment = plane.environment() | {"MESHPLAN_TIMEOUT": "60s"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{script} {step.name}\n{ran.stdout}{ran.stderr}"
    found, moved = state(plane), _restarted([step])
    wanted = without_restarts(expected(before, step, undo=undo), moved)
    made = () if undo else tuple(created_key(item) for item in step.created)
    wrong = surprises(wanted, without_restarts(found, moved), made)
    assert not wrong, f"{script} {step.name}\n" + "\n".join(wrong)
    return found


def _restarted(steps: Iterable[StepBundle]) -> set[Key]:
    return {Key("apps", r.ref.kind, r.ref.namespace, r.ref.name) for step in steps for r in step.rollouts}
