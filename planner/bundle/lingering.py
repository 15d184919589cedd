"""Runs of Jobs that began before their namespace joined: they have no proxy until they end, and STRICT refuses them.

Source: kubernetes/kubernetes pkg/apis/batch/validation/validation.go (the template of a Job cannot change, so nothing
restarts it); istio/istio mutatingwebhook.yaml (only the creation of a pod is intercepted).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from planner.bundle.step_names import CLOSE_NAMESPACES, STRICT
from planner.bundle.work import MIN_CONFIDENCE, Work
from planner.model.bundle import StepBundle
from planner.plan.job_runs import ended


def guarded(steps: Iterable[StepBundle]) -> frozenset[str]:
    """Name the namespaces in which the closing steps change what pods accept: STRICT, and exceptions that end."""
    closing = (step for step in steps if step.name in (STRICT, CLOSE_NAMESPACES))
    return frozenset(p.ref.namespace for step in closing for p in step.patches if p.ref.kind == "PeerAuthentication")


def lingering_runs(work: Work, closing: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Name the Jobs that may still run and call into namespaces that are closed, with the ids of their calls.

    Args:
        work: The plan.
        closing: Namespaces that become STRICT, or whose exceptions end.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for namespace in sorted(closing):
        for flow in work.graph.reaching(namespace):
            workload = work.inventory.workload(flow.source) if flow.source.kind in ("Job", "CronJob") else None
            joins = work.joins_in(flow.source)
            if workload and joins and flow.confidence >= MIN_CONFIDENCE and not ended(workload):
                found[str(workload.ref)].add(flow.id)
    return tuple((name, tuple(sorted(found[name]))) for name in sorted(found))
