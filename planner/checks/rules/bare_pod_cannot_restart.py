"""Pods that nobody creates anew.

What it finds:
    Pods without a controller, and ReplicaSets and ReplicationControllers that stand alone.

Why it matters:
    A proxy is only added to a pod that is created. A bare pod cannot be restarted, and a lone ReplicaSet does
    not replace its pods when its template changes.

Blocked:
    kind: Pod

Ready:
    kind: Deployment

How to fix:
    Recreate it through a Deployment, or delete and create it by hand after the label is set.

Source: Kubernetes documentation of Pods (no container is added to a running pod); istio/istio
mutatingwebhook.yaml of the istio-discovery chart (only the creation of a Pod is intercepted).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.finding import Before, Finding, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP107",
    name="bare-pod-cannot-restart",
    title="No controller replaces the pod, so it cannot be restarted into the mesh",
    severity=Severity.MEDIUM,
    why="A proxy is only added to a pod that is created.",
    fix="Put it under a Deployment, or delete and create it by hand once the label is set.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_ALONE = {
    "Pod": "is a pod without a controller, so nothing creates it anew with a proxy",
    "ReplicaSet": "stands without a Deployment, so its pods stay as they are until each is deleted",
    "ReplicationController": "does not replace its pods by itself; each must be deleted",
}


def check(context: Context) -> Iterator[Finding]:
    """Flag what is not rolled by a controller; a pod on the host network would get no proxy anyway."""
    for workload in context.workloads:
        message = _ALONE.get(workload.ref.kind)
        if message and not workload.host_network:
            yield finding(RULE, workload.ref, message, (cite(RULE, workload.object, ("kind",)),))
