"""The steps as a GitOps controller takes them: one folder each, which holds what that step changes and nothing else.

A component of `overlays/` is no path by itself: its patches need the manifests that they change. So each step gets a
small kustomization: the user's manifests (`gitops/base`), the components that change an object of this step, and then
everything else taken out again. It has to be taken out, because Flux reconciles a dependency for as long as anything
depends on it: if an earlier step still held an object that a later one changes, it would put the old state back. So an
object belongs to the last step that changes it; one that the plan creates earlier is there created and then left alone.

Source: fluxcd/kustomize-controller internal/controller/kustomization_controller.go (checkDependencies wants the
current generation and revision of each dependency, so it may not be suspended; `ssa: IfNotPresent`); kustomize 5.5
(components come before patches, selectors may be negative; tried).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.model.bundle import Created, Patch, PhaseBundle
from planner.model.refs import Ref
from planner.render.layout import StepFiles, place
from planner.render.names import label, safe
from planner.render.overlays import present, target

BASE = "gitops/base"
"""Where the user names the manifests."""

_MARK = "meshplan.io/step"
_ONCE = {"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}
_KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@dataclass(frozen=True, slots=True, eq=False)
class GitStep:
    """A step and what of it goes through Git.

    Attributes:
        number: Place among all steps of the plan, from 1.
        name: Name of its Application or Kustomization; empty where nothing of it goes through Git.
        phase: Folder of the phase below `phases/`.
        files: The step.
        kept: What it holds: created objects and patches.
        touching: Components that change one of these, in order; its own is the last.
        later: Of each created object that a later step changes: the fields, as JSON pointers.
        elsewhere: Patched objects that a later step patches again, so that they belong to that one.
    """

    number: int
    name: str
    phase: str
    files: StepFiles
    kept: tuple[Created | Patch, ...]
    touching: tuple[str, ...]
    later: Mapping[Ref, tuple[str, ...]]
    elsewhere: tuple[Patch, ...]

    @property
    def path(self) -> str:
        """Folder below the output folder."""
        return f"gitops/{self.phase}/{safe(self.files.step.name)}"


def git_steps(bundles: Iterable[PhaseBundle]) -> tuple[GitStep, ...]:
    """List all steps of a plan in order, those without anything in Git included."""
    placed = [(safe(bundle.folder), place(step)) for bundle in bundles for step in bundle.steps]
    touches: dict[Ref, list[tuple[int, Created | Patch]]] = {}
    for number, (_, files) in enumerate(placed, start=1):
        for item in _items(files):
            touches.setdefault(item.ref, []).append((number, item))
    folders = [f"overlays/{phase}/{safe(files.step.name)}" for phase, files in placed]
    found: list[GitStep] = []
    taken: set[str] = set()
    for number, (phase, files) in enumerate(placed, start=1):
        step = _git_step(number, phase, files, touches, folders, taken)
        taken.add(step.name)
        found.append(step)
    return tuple(found)


def _items(files: StepFiles) -> Iterator[Created | Patch]:
    yield from files.step.created
    yield from (patch for patch, _ in present(files))


def _git_step(
    number: int,
    phase: str,
    files: StepFiles,
    touches: Mapping[Ref, list[tuple[int, Created | Patch]]],
    folders: list[str],
    taken: set[str],
) -> GitStep:
    after = {item.ref: [t for n, t in touches[item.ref] if n > number] for item in _items(files)}
    kept = tuple(item for item in _items(files) if isinstance(item, Created) or not after[item.ref])
    touching = sorted({n for item in kept for n, _ in touches[item.ref] if n <= number})
    return GitStep(
        number=number,
        name=label(f"{phase}-{safe(files.step.name)}", taken) if kept else "",
        phase=phase,
        files=files,
        kept=kept,
        touching=tuple(folders[n - 1] for n in touching),
        later={item.ref: _pointers(after[item.ref]) for item in kept if after[item.ref]},
        elsewhere=tuple(i for i in _items(files) if isinstance(i, Patch) and after[i.ref]),
    )


def _pointers(items: Iterable[Created | Patch]) -> tuple[str, ...]:
    overlays = [item.overlay for item in items if isinstance(item, Patch) and item.overlay]
    return tuple(sorted({str(operation["path"]) for overlay in overlays for operation in overlay.operations}))


def base() -> dict[str, Any]:
    """Build the kustomization in which the user names the manifests."""
    return {**_KUSTOMIZATION, "resources": []}


def step_kustomization(step: GitStep) -> dict[str, Any]:
    """Build the kustomization of a step: mark what it keeps, take out the rest, take off the marks."""
    rest = {"$patch": "delete", "kind": "Any", "metadata": {"name": "any"}}
    unmark = [{"op": "remove", "path": f"/metadata/annotations/{_MARK.replace('/', '~1')}"}]
    return {
        **_KUSTOMIZATION,
        "resources": ["../../base"],
        "components": [f"../../../{folder}" for folder in step.touching],
        "patches": [
            *(_mark(item, once=item.ref in step.later) for item in step.kept),
            {"target": {"annotationSelector": f"!{_MARK}"}, "patch": json.dumps(rest)},
            {"target": {"annotationSelector": _MARK}, "patch": json.dumps(unmark)},
        ],
    }


def _mark(item: Created | Patch, *, once: bool) -> dict[str, Any]:
    kind, version = item.ref.kind, api_version(item)
    annotations = {_MARK: "kept", **(_ONCE if once else {})}
    patch = {"apiVersion": version, "kind": kind, "metadata": {"name": item.ref.name, "annotations": annotations}}
    namespace = item.ref.namespace
    if isinstance(item, Patch):
        namespace = item.overlay.namespace if item.overlay else ""
    selector = target(item.ref, version, namespace)
    return {"target": {key: value for key, value in selector.items() if value}, "patch": json.dumps(patch)}


def api_version(item: Created | Patch) -> str:
    """Give the version under which an object is changed."""
    return item.api_version if isinstance(item, Patch) else str(item.body["apiVersion"])
