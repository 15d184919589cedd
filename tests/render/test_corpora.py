"""Whole plans of the sample and of the corpora: forth and back, rendered, read by kustomize."""

from __future__ import annotations

import copy
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from planner.bundle.build import build
from planner.checks.run import run
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.model.bundle import PhaseBundle
from planner.model.fields import dig
from planner.model.plan import Plan
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.plan.build import build as build_plan
from planner.plan.facts import gather
from planner.render.files import render
from planner.render.write import write
from planner.settings import Settings
from planner.sources.read import read
from tests.conftest import ROOT
from tests.render.conftest import real_kubectl
from tests.unit.bundle.appliers import applied, tidy

FOLDERS = [ROOT / "samples/bank/manifests", *sorted(ROOT.parent.glob("shared/corpus/*/manifests"))]
SETTINGS = {
    "newest": Settings(),
    "classic": Settings(istio_version="1.26", kubernetes_version="1.31", max_workloads=4),
    "revision": Settings(revision="blue", outbound_policy="REGISTRY_ONLY"),
}


@cache
def _planned(folder: Path, name: str) -> tuple[Snapshot, Plan, tuple[PhaseBundle, ...]]:
    snapshot, settings = read([str(folder)]), SETTINGS[name]
    found = collect(snapshot, settings)
    graph = TrafficGraph(found.flows, found.blind_spots)
    findings = tuple(run(snapshot, graph, settings))
    facts = gather(snapshot, settings)
    plan = build_plan(snapshot, graph, findings, settings, facts)
    return snapshot, plan, build(plan, snapshot, graph, findings, settings, facts)


both = pytest.mark.parametrize("settings", SETTINGS)
every = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)


def _state(snapshot: Snapshot) -> dict[Ref, Any]:
    state: dict[Ref, Any] = {}
    for obj in snapshot.objects:
        raw = state.setdefault(obj.ref, copy.deepcopy(dict(obj.raw)))
        for port in raw.get("spec", {}).get("ports", []) if obj.ref.kind == "Service" else ():
            port.setdefault("protocol", "TCP")  # as the API server does
    return state


def _forth(state: dict[Ref, Any], bundles: tuple[PhaseBundle, ...]) -> None:
    for bundle in bundles:
        for step in bundle.steps:
            for item in step.created:
                assert item.ref not in state, f"{item.ref} exists"
                state[item.ref] = copy.deepcopy(dict(item.body))
            for patch in step.patches:
                here = state.setdefault(patch.ref, {"metadata": {"name": patch.ref.name}})
                for change in patch.changes:
                    if change.known and all(isinstance(part, str) for part in change.path):
                        assert dig(here, *change.path) == change.old, (patch.ref, change.path)
                state[patch.ref] = applied(here, patch.body, patch.type)


def _back(state: dict[Ref, Any], bundles: tuple[PhaseBundle, ...]) -> None:
    for bundle in reversed(bundles):
        steps = {step.name: step for step in bundle.steps}
        assert set(bundle.undo_order) == set(steps)
        for name in bundle.undo_order:
            for patch in reversed(steps[name].patches):
                state[patch.ref] = applied(state[patch.ref], patch.undo, patch.type)
            for item in reversed(steps[name].created):
                assert tidy(state.pop(item.ref)) == tidy(dict(item.body)), f"{item.ref} is not what was created"


@every
@both
def test_forth_and_back_is_where_it_began(folder: Path, settings: str) -> None:
    snapshot, _, bundles = _planned(folder, settings)
    state = _state(snapshot)
    start = copy.deepcopy(state)
    _forth(state, bundles)
    assert any(bundle.steps for bundle in bundles)
    _back(state, bundles)
    assert {ref: tidy(state[ref]) for ref in start} == {ref: tidy(raw) for ref, raw in start.items()}


@every
@both
def test_one_template_patch_per_workload_and_phase(folder: Path, settings: str) -> None:
    for bundle in _planned(folder, settings)[2]:
        patched = [p.ref for s in bundle.steps for p in s.patches if p.ref.is_workload and p.restarts]
        moved = [r.ref for s in bundle.steps for r in s.rollouts]
        assert len(patched) == len(set(patched)) and len(moved) == len(set(moved))
        assert set(patched) <= set(moved)
        assert {r.ref for s in bundle.steps for r in s.rollouts if r.by_patch} == set(patched)


@every
def test_rendered_and_read_by_kustomize(folder: Path, tmp_path: Path) -> None:
    kubectl = real_kubectl()
    _, plan, bundles = _planned(folder, "classic")
    files = render(bundles, plan)
    assert files == render(bundles, plan)
    write(files, tmp_path / "out")
    for step in sorted((tmp_path / "out").rglob("kustomization.yaml")):
        subprocess.run([kubectl, "kustomize", str(step.parent)], capture_output=True, check=True)
    for script in sorted((tmp_path / "out").rglob("*.sh")):
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_overlays_over_the_sample_come_to_the_same(tmp_path: Path) -> None:
    kubectl = real_kubectl()
    snapshot, plan, bundles = _planned(FOLDERS[0], "newest")
    write(render(bundles, plan), tmp_path / "out")
    (tmp_path / "base").mkdir()
    raws = [dict(o.raw) for o in {o.ref: o for o in reversed(snapshot.objects)}.values() if "name" in o.raw["metadata"]]
    (tmp_path / "base/all.yaml").write_text(yaml.safe_dump_all(raws))
    (tmp_path / "base/kustomization.yaml").write_text("resources: [all.yaml]\n")
    steps = sorted(p.parent for p in (tmp_path / "out/overlays").rglob("kustomization.yaml"))
    (tmp_path / "app").mkdir()
    listed = "".join(f"  - ../{step.relative_to(tmp_path)}\n" for step in steps)
    (tmp_path / "app/kustomization.yaml").write_text(f"resources: [../base]\ncomponents:\n{listed}")
    done = subprocess.run([kubectl, "kustomize", str(tmp_path / "app")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {
        (o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o
        for o in yaml.safe_load_all(done.stdout)
    }
    state = _state(snapshot)
    _forth(state, bundles)
    patched = {patch.ref for bundle in bundles for step in bundle.steps for patch in step.patches if patch.overlay}
    assert len(patched) > 20
    for ref in patched:
        ours, theirs = tidy(state[ref]), tidy(made[ref.kind, ref.namespace, ref.name])
        for port in [*ours.get("spec", {}).get("ports", []), *theirs.get("spec", {}).get("ports", [])]:
            port.setdefault("protocol", "TCP")
        assert ours == theirs, ref
