"""Workloads whose pods stay when their template changes.

What it finds:
    StatefulSets and DaemonSets with `OnDelete`, StatefulSets with a partition, and Deployments that are paused.

Why it matters:
    A rollout restart changes the template and nothing else happens. The old pods run on without a proxy, and
    STRICT then cuts off half of a cluster.

Blocked:
    spec:
      updateStrategy:
        type: OnDelete

Ready:
    spec:
      updateStrategy:
        type: RollingUpdate

How to fix:
    Delete the pods one by one after the restart and wait for each, or let the controller roll them.

Source: Kubernetes documentation of the update strategies of StatefulSet and DaemonSet.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.fields import Path, int_at, text_at
from planner.model.finding import Before, Finding, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP108",
    name="update-strategy-never-rolls",
    title="The controller does not replace pods by itself",
    severity=Severity.MEDIUM,
    why="After the restart the old pods run on without a proxy.",
    fix="Delete its pods one by one after the restart and wait for each; turn STRICT on only when all are in.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload that a rollout restart would not replace."""
    for workload in context.workloads:
        held = _held(workload)
        if held and not workload.host_network:
            path, message = held
            yield finding(RULE, workload.ref, message, (cite(RULE, workload.object, path),))


def _held(workload: Workload) -> tuple[Path, str] | None:
    raw = workload.object.raw
    if workload.ref.kind == "Deployment":
        paused = _is_true(raw.get("spec"), "paused")
        return (("spec", "paused"), "is paused, so a restart changes nothing until it is resumed") if paused else None
    if workload.ref.kind not in ("StatefulSet", "DaemonSet"):
        return None
    if text_at(raw, "spec", "updateStrategy", "type") == "OnDelete":
        return ("spec", "updateStrategy", "type"), "is updated OnDelete: its pods get no proxy until each is deleted"
    partition = int_at(raw, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    if partition > 0:
        path: Path = ("spec", "updateStrategy", "rollingUpdate", "partition")
        return path, f"has the partition {partition}: pods with a smaller number are not replaced"
    return None


def _is_true(spec: object, key: str) -> bool:
    return isinstance(spec, dict) and spec.get(key) is True
