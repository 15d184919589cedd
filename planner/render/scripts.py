"""`apply.sh`, `verify.sh` and `undo.sh` of a phase: what the templates are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.model.bundle import EgressCheck, Patch, PhaseBundle, Rollout
from planner.model.refs import Ref
from planner.render.environment import Templates
from planner.render.field_probe import expected, probe
from planner.render.layout import StepFiles

SCRIPTS = ("apply", "verify", "undo")
ANYTHING = "*"
"""Stands for prior values that were not read."""

_RESOURCES = {"Deployment": "deployment.apps", "StatefulSet": "statefulset.apps", "DaemonSet": "daemonset.apps"}


def scripts(
    bundle: PhaseBundle, steps: Iterable[StepFiles], templates: Templates, changed: frozenset[Ref] = frozenset()
) -> Mapping[str, str]:
    """Render the scripts of a phase, by name without `.sh`.

    Args:
        bundle: The phase.
        steps: Its steps with the names of their files.
        templates: Where the templates are.
        changed: Objects that some step of the plan patches; one that was created before may look different then.

    Raises:
        RenderError: A template is missing or faulty.
    """
    listed = [_step(item, bundle.checks, changed) for item in steps]
    known = {item["name"]: item["function"] for item in listed}
    values = {
        "phase": {"folder": bundle.folder},
        "steps": listed,
        "labels": [dict(p, step=s["name"]) for s in listed for p in s["patches"] if p["is_namespace"]],
        "undo_order": [known[name] for name in bundle.undo_order if name in known],
    }
    return {name: templates.render(f"{name}.sh.j2", values | {"more": _more(name)}) for name in SCRIPTS}


def _more(name: str) -> str:
    """Name what stands beside the steps; a phase is never applied in one go, since gates stand between its steps."""
    return "" if name == "apply" else " all"


def _step(files: StepFiles, checks: tuple[EgressCheck, ...], changed: frozenset[Ref]) -> dict[str, Any]:
    step = files.step
    patches = [_patch(patch, name, files.folder) for patch, name in files.patches]
    by_target = {(p["namespace"], p["target"]): p for p in patches if p["restarts"]}
    moved = {(r.ref.namespace, r.ref.name, r.ref.kind.lower()) for r in step.rollouts}
    return {
        "name": step.name,
        "title": step.title,
        "function": "step_" + "".join(c if c.isascii() and c.isalnum() else "_" for c in step.name),
        "manual": step.manual,
        "back": step.back,
        "unchecked": step.unchecked,
        "created": [
            {"file": f"{files.folder}/objects/{name}", "changes": item.ref in changed} for item, name in files.created
        ],
        "patches": patches,
        "rollouts": [_rollout(rollout, by_target) for rollout in step.rollouts],
        "checks": [check for check in checks if _belongs(check, moved)],
    }


def _belongs(check: EgressCheck, moved: set[tuple[str, str, str]]) -> bool:
    kind, _, name = check.resource.partition("/")
    return (check.namespace, name, kind) in moved


def _patch(patch: Patch, name: str, folder: str) -> dict[str, Any]:
    known = all(change.known for change in patch.changes)
    return {
        "namespace": patch.ref.namespace,
        "target": f"{patch.resource}/{patch.ref.name}",
        "type": str(patch.type),
        "file": f"{folder}/patches/{name}",
        "undo": f"{folder}/undo/{name}",
        "probe": probe(patch.changes),
        "before": expected(patch.changes, after=False) if known else ANYTHING,
        "after": expected(patch.changes, after=True),
        "warning": patch.warning,
        "restarts": patch.restarts,
        "is_namespace": patch.ref.kind == "Namespace",
    }


def _rollout(rollout: Rollout, patches: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    target = f"{resource(rollout.ref)}/{rollout.ref.name}"
    return {
        "namespace": rollout.ref.namespace,
        "target": target,
        "selector": rollout.selector,
        "patch": patches.get((rollout.ref.namespace, target)),
    }


def resource(ref: Ref) -> str:
    """Name a workload's kind for kubectl, with its group."""
    return _RESOURCES.get(ref.kind, ref.kind.lower())
