"""Jobs and CronJobs that would never end beside a classic sidecar are kept out before the namespace is labelled.

Source: istio/istio pilot/pkg/features, pkg/kube/inject/webhook.go (native sidecars and Jobs); kubernetes/kubernetes
pkg/apis/batch/validation/validation.go (a Job's template is immutable, a CronJob's is not).
"""

from __future__ import annotations

from planner.bundle.labels import template_patch
from planner.bundle.ownership import owner
from planner.bundle.part import Part, left_out
from planner.bundle.patching import patchable
from planner.bundle.work import Work
from planner.mesh.webhooks import INJECT
from planner.model.plan import Phase
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
    if ref.kind == "Job" or owner(workload.object).operator:
        return Part(manual=(_by_hand(workload),))
    path = (*(str(part) for part in workload.template_path), "metadata", "labels")
    if not patchable(workload.object.raw, path):
        return Part(notes=(left_out(ref, f"{ref} has labels that are no mapping, so it is not opted out"),))
    why = "Its pods would never end beside a classic sidecar; runs that have begun keep their old template."
    return Part(patches=(template_patch(workload, {INJECT: "false"}, why),))


def _by_hand(workload: Workload) -> str:
    ref, where = workload.ref, f"-n {workload.ref.namespace}"
    label = f'{INJECT}: "false"'
    by = owner(workload.object).operator
    if by:
        return f"{ref} belongs to {by}: let that operator set the pod label {label}, or its pods never end."
    return (
        f"{ref}: its template cannot change. If it is to run again, add the label {label} to spec.template.metadata."
        f"labels of its manifest, then: kubectl delete job {ref.name} {where} && kubectl create {where} -f <manifest>."
    )
