"""Workloads that are gone for a moment when they restart.

What it finds:
    The strategy `Recreate`, StatefulSets with one replica, Deployments that may not surge, and disruption
    budgets that allow nothing to be away.

Why it matters:
    Joining the mesh restarts every pod. Where the old one must stop before the new one starts there is a gap,
    and a budget that allows nothing blocks the drain of a node in the middle of a phase.

Blocked:
    spec:
      replicas: 1
      strategy:
        type: Recreate

Ready:
    spec:
      replicas: 2

How to fix:
    Say when the gap may be, or scale up first; let the budget allow one pod to be away.

Source: Kubernetes documentation of update strategies and of PodDisruptionBudget.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.label_selector import is_empty, matches
from planner.model.fields import Path, dig, int_at, map_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP109",
    name="single-replica-restart",
    title="The restart leaves a gap, or a budget allows none",
    severity=Severity.LOW,
    why="Joining restarts every pod once.",
    fix="Choose the hour of the restart with its owner, or scale up first.",
    kinds=(*WORKLOAD_KINDS, "PodDisruptionBudget"),
    before=Before.RESTART,
)

_BUDGET_FIX = "Let the disruption budget allow at least one pod to be away before nodes are drained."


def check(context: Context) -> Iterator[Finding]:
    """Flag gaps, and budgets that allow nothing."""
    for workload in context.workloads:
        gap = _gap(workload)
        if gap and not workload.ends:
            path, message = gap
            where = (cite(RULE, workload.object, path),)
            yield finding(RULE, workload.ref, message, where, outcome=Outcome.ADVICE)
    for budget in context.of_kind("PodDisruptionBudget"):
        for workload in context.inventory.workloads_in(budget.ref.namespace):
            tight = _tight(budget, workload)
            if tight:
                path, message = tight
                where = (cite(RULE, budget, path),)
                yield finding(
                    RULE, workload.ref, message, where, outcome=Outcome.ADVICE, fix=_BUDGET_FIX, detail=budget.ref.name
                )


def _gap(workload: Workload) -> tuple[Path, str] | None:
    raw, kind = workload.object.raw, workload.ref.kind
    if kind == "Deployment" and text_at(raw, "spec", "strategy", "type") == "Recreate" and workload.replicas:
        return ("spec", "strategy", "type"), "is recreated: every pod stops before a new one starts"
    if workload.replicas != 1:
        return None
    if kind == "StatefulSet":
        return ("spec", "replicas"), "has one replica, which stops before the new one starts"
    surge: Path = ("spec", "strategy", "rollingUpdate", "maxSurge")
    if kind == "Deployment" and dig(raw, *surge) in (0, "0", "0%"):
        return surge, "has one replica and may not surge, so it stops before the new one starts"
    return None


def _tight(budget: KubeObject, workload: Workload) -> tuple[Path, str] | None:
    selector = map_at(budget.raw, "spec", "selector")
    if is_empty(selector) or not matches(selector, workload.labels):
        return None
    least, most = dig(budget.raw, "spec", "minAvailable"), dig(budget.raw, "spec", "maxUnavailable")
    number = int_at(budget.raw, "spec", "minAvailable")
    if most in (0, "0%"):
        return ("spec", "maxUnavailable"), f"may lose no pod (disruption budget {budget.ref.name})"
    if least == "100%" or (number is not None and number >= workload.replicas > 0):
        return (
            "spec",
            "minAvailable",
        ), f"must keep {least} of {workload.replicas} (disruption budget {budget.ref.name})"
    return None
