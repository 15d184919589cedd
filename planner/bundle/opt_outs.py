"""Jobs and CronJobs that would never end beside a classic sidecar are kept out before the namespace is labelled.

Source: istio/istio pilot/pkg/features, pkg/kube/inject/webhook.go (native sidecars and Jobs); kubernetes/kubernetes
pkg/apis/batch/validation/validation.go (a Job's template is immutable, a CronJob's is not).
"""

from __future__ import annotations

from planner.bundle.jobs import only_when_it_runs_again
from planner.bundle.labels import template_patch
from planner.bundle.ownership import owner
from planner.bundle.part import Part, by_hand, left_out
from planner.bundle.patching import patchable
from planner.bundle.work import Work
from planner.mesh.webhooks import INJECT
from planner.model.plan import Phase
from planner.model.refs import Ref
from planner.model.workloads import Workload


def opt_out(work: Work, phase: Phase) -> Part:
    """Keep the workloads of a phase out that the mesh would stop from ending."""
    part = Part()
    for unit in phase.units:
        for workload in work.of_unit(unit):
            if work.membership.opts_out(workload) and workload.labels.get(INJECT) != "false":
                part += _one(workload)
    return part


def _one(workload: Workload) -> Part:
    ref = workload.ref
    by = owner(workload.object).operator
    if by:
        return _ask(ref, by)
    if ref.kind == "Job":
        return only_when_it_runs_again(workload, {INJECT: "false"})
    path = (*(str(part) for part in workload.template_path), "metadata", "labels")
    if not patchable(workload.object.raw, path):
        return Part(notes=(left_out(ref, f"{ref} has labels that are no mapping, so it is not opted out"),))
    why = "Its pods would never end beside a classic sidecar; runs that have begun keep their old template."
    return Part(patches=(template_patch(workload, {INJECT: "false"}, why),))


def _ask(ref: Ref, by: str) -> Part:
    label = f'{INJECT}: "false"'
    return by_hand(
        f"{ref} belongs to {by}: let that operator set the pod label {label}, or its pods never end.",
        f"{ref} belongs to {by}: let that operator take the pod label {INJECT} away again.",
    )
