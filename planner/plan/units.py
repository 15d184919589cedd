"""Who takes part in the rollout: units, what they weigh, and who stays outside."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding, Outcome, Severity
from planner.model.inventory import Inventory
from planner.model.plan import Classed, NamespaceClass, Outside, Unit
from planner.plan.classes import joined_already
from planner.settings import Settings

_FINDING_WEIGHT = {Severity.HIGH: 1.0, Severity.MEDIUM: 0.4, Severity.LOW: 0.1}
_WHY_OUTSIDE = {
    NamespaceClass.PLATFORM: "platform",
    NamespaceClass.SYSTEM: "system",
    NamespaceClass.EDGE: "edge: answer the question in the report first",
}


@dataclass(frozen=True, slots=True)
class Roster:
    """Namespaces by what becomes of them.

    Attributes:
        joining: To be placed in a phase, sorted.
        already: In the mesh today, sorted.
        outside: Not joining, with the reason.
    """

    joining: tuple[str, ...]
    already: tuple[str, ...]
    outside: tuple[Outside, ...]


def roster(inventory: Inventory, classes: Iterable[Classed], settings: Settings) -> Roster:
    """Sort every namespace into joining, in already, or outside."""
    joining, already, outside = [], [], []
    for item in classes:
        reason = _why_outside(item, inventory, settings)
        if joined_already(inventory, item.namespace) and not reason:
            already.append(item.namespace)
        elif reason:
            outside.append(Outside(item.namespace, item.kind, reason))
        else:
            joining.append(item.namespace)
    return Roster(tuple(joining), tuple(already), tuple(outside))


def _why_outside(item: Classed, inventory: Inventory, settings: Settings) -> str:
    name = item.namespace
    if name in settings.excluded:
        return settings.excluded[name]
    if settings.only and name not in settings.only:
        return "not among the namespaces asked for (--only)"
    if name in settings.skip:
        return "left out on request (--skip)"
    if item.kind is NamespaceClass.EDGE and name in settings.join_edge:
        return ""
    if item.kind in _WHY_OUTSIDE:
        return f"{_WHY_OUTSIDE[item.kind]}: {'; '.join(item.reasons)}"
    if not inventory.workloads_in(name):
        return "nothing runs in it, as far as was read"
    return ""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a namespace weighs, with the words behind the figure."""

    risk: float
    value: float
    reasons: tuple[str, ...]


def waves(namespace: str, inventory: Inventory, graph: TrafficGraph, limit: int) -> tuple[Unit, ...]:
    """Cut a namespace that is too large for a phase into waves of workloads.

    What calls nobody goes first and what keeps state last, so that the first wave is the one that can do least harm
    and a wave's callees are mostly in the mesh already.

    Args:
        namespace: Namespace.
        inventory: What was read.
        graph: Flows.
        limit: Largest number of workloads in a phase; 0 for no limit.
    """
    members = inventory.workloads_in(namespace)
    if not limit or len(members) <= limit:
        return (Unit(namespace),)
    depth = graph.depth({w.ref for w in members})
    ordered = sorted(members, key=lambda w: (w.ref.kind == "StatefulSet", depth[w.ref], w.ref))
    names = [f"{w.ref.kind}/{w.ref.name}" for w in ordered]
    count = math.ceil(len(names) / limit)
    size = math.ceil(len(names) / count)
    parts = [tuple(sorted(names[start : start + size])) for start in range(0, len(names), size)]
    return tuple(
        Unit(namespace, part, wave=index, last=index == len(parts)) for index, part in enumerate(parts, start=1)
    )


def weigh(
    namespaces: Iterable[str], inventory: Inventory, graph: TrafficGraph, findings: Iterable[Finding]
) -> Mapping[str, Weight]:
    """Weigh namespaces: risk by what can go wrong, value by what is gained."""
    open_findings: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.outcome in (Outcome.BLOCKED, Outcome.UNKNOWN):
            open_findings.setdefault(finding.subject.namespace, []).append(finding)
    return {name: _weight(name, inventory, graph, open_findings.get(name, [])) for name in namespaces}


def _weight(name: str, inventory: Inventory, graph: TrafficGraph, findings: list[Finding]) -> Weight:
    workloads = inventory.workloads_in(name)
    stateful = sum(1 for w in workloads if w.ref.kind == "StatefulSet")
    single = sum(1 for w in workloads if w.ref.kind == "Deployment" and w.replicas == 1)
    troubles = sum(_FINDING_WEIGHT[f.severity] for f in findings)
    inbound = len(graph.into(name))
    size = math.log1p(len(workloads))
    risk = 1.0 + stateful + 0.25 * single + troubles + 0.5 * math.log1p(inbound)
    reasons = [_count(len(workloads), "workload"), f"{_count(inbound, 'flow')} from elsewhere"]
    reasons += [_count(stateful, "StatefulSet")] if stateful else []
    reasons += [_count(len(findings), "open finding")] if findings else []
    return Weight(risk * size, size, tuple(reasons))


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
