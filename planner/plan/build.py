"""The whole plan: classes, order, phases, gates, closing, and what stays outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding
from planner.model.note import Note, NoteKind
from planner.model.plan import Classed, EdgeQuestion, NamespaceClass, Objective, Outside, Phase, Plan, Reason
from planner.model.readiness import Readiness
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.plan import closing, names
from planner.plan.classes import classify
from planner.plan.egress_readiness import Egress
from planner.plan.facts import Facts
from planner.plan.host_rewrites import host_rewrites
from planner.plan.joined import joined
from planner.plan.membership import Membership
from planner.plan.order import Ordered, order
from planner.plan.plaintext import Plaintext
from planner.plan.reasons import reasons
from planner.plan.units import Roster, roster, weigh
from planner.plan.waypoints import advise
from planner.settings import Settings


@dataclass(frozen=True)
class _Work:
    """What every part of building needs."""

    snapshot: Snapshot
    graph: TrafficGraph
    settings: Settings
    facts: Facts
    classes: tuple[Classed, ...]
    roster: Roster
    ordered: Ordered

    @property
    def phase_of(self) -> dict[str, int]:
        """Phase index (from 1) in which each namespace is complete; 0 for one that is in already."""
        placed = {
            item.unit.namespace: self.ordered.placement.phase[number] + 1
            for number, item in enumerate(self.ordered.problem.items)
            if item.unit.last and number not in self.ordered.placement.unplaced
        }
        return dict.fromkeys(self.roster.already, 0) | placed

    @property
    def waves(self) -> dict[tuple[str, str], int]:
        """Phase index of every workload that joins in a wave of its own."""
        return {
            (item.unit.namespace, name): self.ordered.placement.phase[number] + 1
            for number, item in enumerate(self.ordered.problem.items)
            if number not in self.ordered.placement.unplaced
            for name in item.unit.workloads
        }


def build(
    snapshot: Snapshot, graph: TrafficGraph, findings: Iterable[Finding], settings: Settings, facts: Facts
) -> Plan:
    """Plan the rollout.

    Args:
        snapshot: What was read.
        graph: Flows that were found.
        findings: What the rules say.
        settings: What the user said.
        facts: Versions and switches, told, read or assumed.
    """
    inventory, findings = snapshot.inventory, tuple(findings)
    classes = classify(inventory, settings.classes, facts.root_namespace)
    who = roster(inventory, classes, settings)
    weights = weigh(who.joining, inventory, graph, findings)
    ordered = order(who.joining, inventory, graph, weights, settings)
    work = _Work(snapshot, graph, settings, facts, classes, who, ordered)
    known = joined(work.phase_of, classes, work.waves)
    membership = Membership(inventory, facts)
    plaintext = Plaintext(inventory, facts, membership, known, host_rewrites(findings))
    strict = tuple(closing.strict(name, graph, plaintext, inventory) for name in sorted(work.phase_of))
    last = max(work.phase_of.values(), default=0) + 1
    egress = Egress(graph, plaintext, inventory, facts)
    closed = tuple(closing.registry_only(name, graph, egress, last) for name in sorted(work.phase_of))
    return Plan(
        phases=_phases(work, strict, closed, last),
        objective=_objective(ordered, settings),
        classes=classes,
        outside=(*who.outside, *_unplaced(work)),
        inside=tuple(sorted(work.phase_of)),
        strict=strict,
        registry_only=closed,
        edges=_edges(work),
        cycles=graph.cycles(work.phase_of),
        assumed=facts.assumed,
        notes=_notes(work),
        waypoints=advise(work.phase_of, graph, inventory, membership),
    )


def _objective(ordered: Ordered, settings: Settings) -> Objective:
    terms = {name: round(cost, 6) for name, cost in ordered.objective.terms(ordered.placement.phase).items()}
    return Objective(round(sum(terms.values()), 6), terms, ordered.placement.method, settings.seed)


def _unplaced(work: _Work) -> tuple[Outside, ...]:
    kinds = {item.namespace: item.kind for item in work.classes}
    why = {
        work.ordered.problem.items[number].unit.namespace: f"no phase could hold it: {reason}"
        for number, reason in sorted(work.ordered.placement.unplaced.items())
    }
    return tuple(Outside(name, kinds[name], reason) for name, reason in why.items())


def _phases(work: _Work, strict: tuple[Readiness, ...], closed: tuple[Readiness, ...], last: int) -> tuple[Phase, ...]:
    used = sorted(
        {where for n, where in enumerate(work.ordered.placement.phase) if n not in work.ordered.placement.unplaced}
    )
    members = set(work.roster.already)
    ahead: set[Ref] = set()
    found = [Phase(0, names.PREPARE, (), frontier=tuple(flow.id for flow in work.graph.frontier(members)))]
    found.extend(_phase(where, members, ahead, work, strict) for where in used)
    ready = tuple(item.namespace for item in closed if item.phase is not None)
    edge = tuple(flow.id for flow in work.graph.frontier(members, ahead))
    found.append(Phase(last, names.CLOSE, (), frontier=edge, registry_only=ready))
    return tuple(found)


def _phase(where: int, members: set[str], ahead: set[Ref], work: _Work, strict: tuple[Readiness, ...]) -> Phase:
    """Build one phase, and take its units into the members and the workloads that are ahead of their namespace."""
    problem, placement = work.ordered.problem, work.ordered.placement
    inside = [n for n, at in enumerate(placement.phase) if at == where and n not in placement.unplaced]
    units = tuple(problem.items[n].unit for n in inside)
    members |= {unit.namespace for unit in units if unit.last}
    ahead |= {_workload(unit.namespace, name) for unit in units for name in unit.workloads}
    why: list[Reason] = [r for n in inside for r in reasons(n, work.ordered, work.graph, work.settings)]
    return Phase(
        index=where + 1,
        name=names.phase_name(where, units),
        units=units,
        frontier=tuple(flow.id for flow in work.graph.frontier(members, ahead)),
        risk=round(sum(problem.items[n].risk for n in inside), 4),
        capacity=problem.capacity[where],
        reasons=tuple(why),
        strict=tuple(item.namespace for item in strict if item.phase == where + 1),
    )


def _workload(namespace: str, name: str) -> Ref:
    kind, _, bare = name.partition("/")
    return Ref(namespace, bare, kind)


def _edges(work: _Work) -> tuple[EdgeQuestion, ...]:
    found = []
    for item in work.classes:
        if item.kind is not NamespaceClass.EDGE:
            continue
        serves = tuple(
            sorted({flow.target.text for flow in work.graph.out_of(item.namespace) if flow.target.namespace})
        )
        found.append(
            EdgeQuestion(
                item.namespace,
                joins="its calls become mTLS only where the Host that it sends names the Service; most controllers "
                "send the public Host to pod addresses as they come, and that matches no Service",
                stays="it stays a plaintext caller: what it serves stays PERMISSIVE, no VirtualService applies to it",
                serves=serves,
            )
        )
    return tuple(found)


def _notes(work: _Work) -> tuple[Note, ...]:
    notes = []
    known = set(work.snapshot.inventory.namespaces)
    said = {
        "plan.pins": [pin.namespace for pin in work.settings.pins],
        "plan.exclude": list(work.settings.excluded),
        "plan.groups": [name for group in work.settings.groups for name in group],
        "plan.joinEdge": list(work.settings.join_edge),
        "namespaces": list(work.settings.classes),
    }
    for key, wanted in said.items():
        for name in wanted:
            if name not in known:
                message = f"`{key}` names {name}, which was not read; it has no effect"
                notes.append(Note(NoteKind.LOST, message, subject=name))
    return tuple(notes)
