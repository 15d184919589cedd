"""Bundles to the files below `phases/`, `overlays/`, `gitops/`, `argocd/` and `flux/`; nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.model.bundle import PhaseBundle, RenderedFile
from planner.model.plan import Gate, Phase, Plan, Reason, Unit
from planner.model.refs import Ref
from planner.render import documents
from planner.render.environment import Templates
from planner.render.gitops import gitops
from planner.render.layout import StepFiles, place
from planner.render.names import safe
from planner.render.overlays import overlays
from planner.render.scripts import scripts

NO_PHASE = Phase(-1, "", ())


def render(bundles: Iterable[PhaseBundle], plan: Plan, templates_folder: str | None = None) -> tuple[RenderedFile, ...]:
    """Render every phase.

    Args:
        bundles: What each phase changes.
        plan: Where the reasons and gates stand.
        templates_folder: The user's templates, used before meshplan's own.

    Returns:
        Files with paths below the output folder, sorted by path.

    Raises:
        RenderError: A template is missing, faulty, or gives another object than was meant.
    """
    templates = Templates(templates_folder)
    phases = {phase.index: phase for phase in plan.phases}
    listed = tuple(bundles)
    changed = frozenset(patch.ref for bundle in listed for step in bundle.steps for patch in step.patches)
    found = [f for b in listed for f in _phase(b, phases.get(b.index, NO_PHASE), templates, changed)]
    return tuple(sorted((*found, *overlays(listed, templates), *gitops(listed, templates)), key=lambda file: file.path))


def _phase(bundle: PhaseBundle, phase: Phase, templates: Templates, changed: frozenset[Ref]) -> Iterator[RenderedFile]:
    folder = f"phases/{safe(bundle.folder)}"
    steps = tuple(place(step) for step in bundle.steps)
    yield RenderedFile(f"{folder}/README.md", _page(bundle, phase, steps, templates))
    if not steps:
        return
    for name, text in scripts(bundle, steps, templates, changed).items():
        yield RenderedFile(f"{folder}/{name}.sh", text, executable=True)
    for step in steps:
        for file in _step(step, templates):
            yield RenderedFile(f"{folder}/{step.folder}/{file.path}", file.text)


def _step(files: StepFiles, templates: Templates) -> Iterator[RenderedFile]:
    resources = [f"objects/{name}" for _, name in files.created]
    yield RenderedFile("kustomization.yaml", templates.render("kustomization.yaml.j2", {"resources": resources}))
    for item, name in files.created:
        yield RenderedFile(f"objects/{name}", documents.created(item, templates))
    for patch, name in files.patches:
        yield RenderedFile(f"patches/{name}", documents.patch(patch, templates))
        yield RenderedFile(f"undo/{name}", documents.undo(patch, templates))


def _page(bundle: PhaseBundle, phase: Phase, steps: tuple[StepFiles, ...], templates: Templates) -> str:
    values = {
        "phase": {"index": bundle.index, "folder": bundle.folder, "name": phase.name or bundle.folder},
        "namespaces": bundle.namespaces,
        "units": [_unit(unit, phase.reasons) for unit in phase.units],
        "steps": [_step_values(item, bundle) for item in steps],
        "gates": [_gate(gate) for gate in bundle.gates or phase.gates],
        "settle": bundle.settle,
        "checks": bundle.checks,
        "notes": bundle.notes,
        "undo_order": bundle.undo_order,
        "frontier": phase.frontier,
        "strict": phase.strict,
        "registry_only": phase.registry_only,
    }
    return templates.render("phase.md.j2", values)


def _unit(unit: Unit, reasons: Iterable[Reason]) -> dict[str, object]:
    return {
        "name": unit.name,
        "workloads": unit.workloads,
        "reasons": [reason.text for reason in reasons if reason.subject == unit.namespace],
    }


def _gate(gate: Gate) -> dict[str, str]:
    return {"id": gate.id, "text": gate.text, "command": gate.command, "after": gate.after}


def _step_values(files: StepFiles, bundle: PhaseBundle) -> dict[str, object]:
    step = files.step
    gates = [_gate(gate) for gate in bundle.gates if gate.after == step.name]
    return {
        "name": step.name,
        "title": step.title,
        "why": step.why,
        "manual": step.manual,
        "unchecked": step.unchecked,
        "settle": step.settle,
        "gates": gates,
        "created": [{"ref": str(item.ref), "why": item.why, "file": name} for item, name in files.created],
        "patches": [
            {"ref": str(item.ref), "why": item.why, "warning": item.warning, "file": name}
            for item, name in files.patches
        ],
        "rollouts": [str(item.ref) for item in step.rollouts],
    }
