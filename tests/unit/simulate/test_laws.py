"""Laws that hold on every rollout: what is left out of judging again, and what the way back leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.pipeline.run import Run
from planner.settings import Settings, from_document
from planner.simulate.overlay import Overlay
from planner.simulate.timeline import simulate
from planner.sources.read import read
from tests.conftest import ROOT

BANK = ROOT / "samples" / "bank"


def _run(folder: Path) -> Run:
    config = folder / "meshplan.yaml"
    known = from_document(yaml.safe_load(config.read_text("utf-8")), "meshplan.yaml") if config.exists() else Settings()
    return Run(read([str(folder)], "default"), known)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    folders = [BANK, *sorted(ROOT.parent.glob("shared/corpus/*/"))]
    return [_run(folder) for folder in folders]


def _pruned(value: Any) -> Any:
    """Drop empty mappings, as the API server does on write."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: _pruned(item) for key, item in value.items()}
    return {key: item for key, item in kept.items() if item != {}}


def test_what_a_step_does_not_touch_has_not_changed(runs: list[Run]) -> None:
    for run in runs:
        part = simulate(run.bundles, run.graph, run.stage(), back=True)
        full = simulate(run.bundles, run.graph, run.stage(), back=True, again=True)
        assert part.lives == full.lives
        assert part.moments == full.moments


def test_forth_and_back_is_the_identity(runs: list[Run]) -> None:
    for run in runs:
        overlay = Overlay(run.snapshot.inventory)
        before = {
            ref: overlay.raw(ref) for bundle in run.bundles for step in bundle.steps for ref in overlay.apply(step)
        }
        for bundle in reversed(run.bundles):
            for step in reversed(bundle.steps):
                overlay.revert(step)
        fresh = Overlay(run.snapshot.inventory)
        for ref in before:
            assert _pruned(overlay.raw(ref)) == _pruned(fresh.raw(ref)), ref
        simulation = simulate(run.bundles, run.graph, run.stage(), back=True)
        for flow, life in simulation.lives.items():
            assert life[-1][1] == life[0][1], flow


def test_nothing_breaks_unsaid(runs: list[Run]) -> None:
    for run in runs:
        said = {flow for repair in run.plan.repairs for flow in repair.flows}
        for flow, life in run.simulation.lives.items():
            if life[0][1].works and any(verdict.verdict in ("broken", "policy-lost") for _, verdict in life):
                assert flow in said
