"""The labels `app` and `version` on a workload's pods, in one template patch per workload and phase.

Telemetry and Kiali group by them. A label is left out where it would move pods into or out of anything that
picks pods; selectors are never touched.

Source: planner.mesh.canonical_labels (who reads which label); Kubernetes documentation of Deployments (adding labels
to a template is allowed and restarts the pods).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from planner.bundle.jobs import only_when_it_runs_again
from planner.bundle.namespace_labels import pod_labels
from planner.bundle.ownership import owner
from planner.bundle.part import Part, by_hand, left_out
from planner.bundle.patching import RESOURCES, before, key_changes, merge_bodies, patchable
from planner.bundle.rollout_limits import ROLLING_KINDS, cannot_restart
from planner.bundle.selectors import Picker, pickers
from planner.bundle.work import Work
from planner.mesh.canonical_labels import NAME, VERSION, reads_recommended
from planner.mesh.versions import Version
from planner.model.bundle import Patch, PatchType
from planner.model.plan import Phase, Unit
from planner.model.workloads import Workload

_VALUE = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VERSION_TAG = re.compile(r"v?[0-9]+(?:\.[0-9]+)*(?:[-_.][0-9A-Za-z]+)*")


def wanted(workload: Workload, istio: Version) -> dict[str, str]:
    """Give the labels that a workload's pods lack: `app`, `version`, both or none."""
    labels, recommended = workload.labels, reads_recommended(istio)
    found: dict[str, str] = {}
    if "app" not in labels and not (recommended and NAME in labels):
        found["app"] = next(filter(None, map(_valid, _app_candidates(workload))), "")
    if "version" not in labels and not (recommended and VERSION in labels):
        found["version"] = _valid(labels.get(VERSION, "")) or version_of(workload)
    return {key: value for key, value in found.items() if value}


def _app_candidates(workload: Workload) -> tuple[str, ...]:
    named = (workload.labels.get(key, "") for key in (NAME, "k8s-app", "name"))
    return (*named, workload.ref.name, re.sub(r"[^A-Za-z0-9]+$", "", workload.ref.name[:63]))


def _valid(value: str) -> str:
    return value if _VALUE.fullmatch(value) else ""


def version_of(workload: Workload) -> str:
    """Read a version off the tag of the first application container's image; `v1` where there is none."""
    image = next((c.image for c in workload.containers if not c.init), "")
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag if _VERSION_TAG.fullmatch(tag) and _valid(tag) else "v1"


def harmless(
    labels: Mapping[str, str], new: Mapping[str, str], picked_by: tuple[Picker, ...]
) -> tuple[dict[str, str], list[str]]:
    """Keep the new labels that change nothing but telemetry; say for the others who would pick the pods."""
    kept: dict[str, str] = {}
    refused = []
    for key, value in sorted(new.items()):
        after = {**labels, **kept, key: value}
        minding = next((p.owner for p in picked_by if p.minds({**labels, **kept}, after)), "")
        if minding:
            refused.append(f"{minding} would then pick or drop its pods: {key}={value}")
        else:
            kept[key] = value
    return kept, refused


def label(work: Work, phase: Phase) -> Part:
    """Patch the pod templates of the workloads that join in a phase."""
    part = Part()
    for unit in phase.units:
        picked_by = pickers(work.inventory, unit.namespace)
        for workload in work.of_unit(unit):
            if not work.membership.never(workload):
                part += _one(workload, unit, picked_by, work)
    return part


def _one(workload: Workload, unit: Unit, picked_by: tuple[Picker, ...], work: Work) -> Part:
    new, refused = harmless(workload.labels, wanted(workload, work.facts.istio), picked_by)
    notes = tuple(left_out(workload.ref, f"label left out, because {why}") for why in refused)
    ask = {} if unit.last else pod_labels(work.facts.revision)
    new = {**new, **{k: v for k, v in ask.items() if workload.labels.get(k) != v}}
    if workload.ref.kind == "Job":
        return only_when_it_runs_again(workload, new)
    if not new:
        return Part(notes=notes)
    if workload.ref.kind not in (*ROLLING_KINDS, "CronJob") or owner(workload.object).operator:
        return by_hand(*_by_hand(workload, new)) + Part(notes=notes)
    if not patchable(workload.object.raw, _path(workload)):
        return Part(notes=(*notes, left_out(workload.ref, f"{workload.ref} has labels that are no mapping")))
    return Part(patches=(template_patch(workload, new, _why(new)),), notes=notes)


def _path(workload: Workload) -> tuple[str, ...]:
    return (*(str(part) for part in workload.template_path), "metadata", "labels")


def template_patch(workload: Workload, new: Mapping[str, str | None], why: str) -> Patch:
    """Build the patch that sets labels on the pods of a workload, and its way back."""
    changes = key_changes(workload.object.raw, _path(workload), new)
    body, undo = merge_bodies(changes)
    return Patch(
        ref=workload.ref,
        resource=RESOURCES[workload.ref.kind],
        api_version=workload.object.api_version,
        type=PatchType.MERGE,
        body=body,
        undo=undo,
        before=before(changes),
        why=why,
        warning=owner(workload.object).warning,
        restarts=workload.ref.kind in ROLLING_KINDS and not cannot_restart(workload),
        changes=changes,
    )


def _why(new: Mapping[str, str]) -> str:
    names = " and ".join(sorted(new))
    return f"Sets {names} on the pods in one change, so that they restart once."


def _by_hand(workload: Workload, new: Mapping[str, str]) -> tuple[str, str]:
    """Say what to add to a template, and how to take it back."""
    labels = ", ".join(f'{key}: "{value}"' for key, value in sorted(new.items()))
    prior = ", ".join(f'set {k} back to "{workload.labels[k]}"' for k in sorted(new) if k in workload.labels)
    added = ", ".join(key for key in sorted(new) if key not in workload.labels)
    back = "; ".join(filter(None, (f"take {added} away again" if added else "", prior)))
    return (
        f"{workload.ref}: add to the labels of its pod template: {labels}.",
        f"{workload.ref}: in the labels of its pod template {back}.",
    )
