"""From namespaces to an ordering problem, to phases of units."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.graph.traffic import TrafficGraph
from planner.model.inventory import Inventory
from planner.model.plan import Unit
from planner.plan.capacity import capacities
from planner.plan.first_order import first_order
from planner.plan.objective import Objective
from planner.plan.problem import Item, Orderer, Placement, Problem
from planner.plan.units import Weight, waves
from planner.settings import Pin, Settings

_SPARE = 8
"""Numbers of further phases that are tried before a namespace is left out."""


@dataclass(frozen=True)
class Ordered:
    """An order with what explains it.

    Attributes:
        problem: What was asked.
        placement: What was found.
        objective: To ask what another place would cost.
        capped: Phases whose number of namespaces had to be raised, in words.
    """

    problem: Problem
    placement: Placement
    objective: Objective


def order(
    namespaces: tuple[str, ...],
    inventory: Inventory,
    graph: TrafficGraph,
    weights: Mapping[str, Weight],
    settings: Settings,
    orderer: Orderer = first_order,
) -> Ordered:
    """Place the namespaces that join; waves of one namespace that find no place get further phases."""
    for spare in range(_SPARE):
        problem = build(namespaces, inventory, graph, weights, settings, spare)
        placement = orderer(problem)
        if not any(problem.items[number].unit.wave for number in placement.unplaced):
            break
    return Ordered(problem, _whole(problem, placement), Objective(problem))


def _whole(problem: Problem, placement: Placement) -> Placement:
    """Leave a namespace out as a whole where a wave of it finds no place: its label would never come."""
    why = {problem.items[number].unit.namespace: reason for number, reason in sorted(placement.unplaced.items())}
    names = {number: item.unit.namespace for number, item in enumerate(problem.items)}
    return replace(placement, unplaced={number: why[name] for number, name in names.items() if name in why})


def build(
    namespaces: tuple[str, ...],
    inventory: Inventory,
    graph: TrafficGraph,
    weights: Mapping[str, Weight],
    settings: Settings,
    spare: int = 0,
) -> Problem:
    """Turn names, weights and wishes into numbers; `spare` phases more than it seems to need."""
    units = [unit for name in namespaces for unit in waves(name, inventory, graph, settings.max_workloads)]
    index = {unit: number for number, unit in enumerate(units)}
    pinned = max((pin.phase or pin.not_before or 1 for pin in settings.pins if pin.namespace in namespaces), default=1)
    longest = max((unit.wave for unit in units), default=1)
    loads = [len(unit.workloads) or len(inventory.workloads_in(unit.namespace)) for unit in units]
    capacity = capacities(len(namespaces), settings.max_namespaces, max(pinned, longest), loads, settings.max_workloads)
    capacity += capacity[-1:] * spare
    if not settings.max_namespaces:
        capacity = tuple(max(size, *wanted) for size, wanted in zip(capacity, _wanted(settings, capacity), strict=True))
    total_risk = sum(weights[name].risk for name in namespaces) or 1.0
    total_value = sum(weights[name].value for name in namespaces) or 1.0
    share = {name: sum(1 for unit in units if unit.namespace == name) for name in namespaces}
    eligible = _first_phase(namespaces, weights)
    items = tuple(
        Item(
            unit=unit,
            risk=weights[unit.namespace].risk / total_risk / share[unit.namespace],
            value=weights[unit.namespace].value / total_value / share[unit.namespace],
            load=len(unit.workloads) or len(inventory.workloads_in(unit.namespace)),
            allowed=_allowed(unit.namespace, len(capacity), settings.pins),
            first_phase=unit.namespace in eligible,
            why_risk=weights[unit.namespace].reasons,
        )
        for unit in units
    )
    return Problem(
        items=items,
        calls=_calls(units, graph),
        groups=_groups(units, settings),
        after=tuple(
            (index[a], index[b]) for a in units for b in units if a.namespace == b.namespace and a.wave < b.wave
        ),
        phases=len(capacity),
        capacity=capacity,
        load_capacity=settings.max_workloads,
    )


def _wanted(settings: Settings, capacity: tuple[int, ...]) -> list[tuple[int, int]]:
    """Say for each phase how many namespaces are pinned to it, and how many its largest group needs.

    Where the user gave no size, sizes are meshplan's own and give way to what the user did say.
    """
    group = max((len(group) for group in settings.groups), default=0)
    pinned = Counter(pin.phase for pin in settings.pins)
    return [(pinned[index], group if index == len(capacity) else 0) for index in range(1, len(capacity) + 1)]


def _first_phase(namespaces: tuple[str, ...], weights: Mapping[str, Weight]) -> frozenset[str]:
    """Namespaces whose risk is at most the middle one: the only ones that suit a canary."""
    ranked = sorted(namespaces, key=lambda name: (weights[name].risk, name))
    return frozenset(ranked[: max(1, math.ceil(len(ranked) / 2))])


def _allowed(namespace: str, phases: int, pins: tuple[Pin, ...]) -> tuple[int, ...]:
    allowed = range(phases)
    for pin in pins:
        if pin.namespace == namespace:
            exact, low, high = pin.phase, pin.not_before, pin.not_after
            allowed_set = [k for k in allowed if (exact is None or k == exact - 1)]
            allowed_set = [k for k in allowed_set if (low is None or k >= low - 1) and (high is None or k <= high - 1)]
            return tuple(allowed_set)
    return tuple(allowed)


def _groups(units: list[Unit], settings: Settings) -> tuple[tuple[int, ...], ...]:
    found = []
    for group in settings.groups:
        members = tuple(number for number, unit in enumerate(units) if unit.namespace in group and unit.wave == 0)
        if len(members) > 1:
            found.append(members)
    return tuple(found)


def _calls(units: list[Unit], graph: TrafficGraph) -> dict[tuple[int, int], float]:
    """Weight of the calls between units: one share per distinct pair of endpoints and its confidence."""
    by_namespace: dict[str, list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        by_namespace[unit.namespace].append(number)
    raw: dict[tuple[int, int], float] = defaultdict(float)
    for (source, target), flows in graph.between_namespaces.items():
        pairs = [(a, b) for a in by_namespace.get(source, ()) for b in by_namespace.get(target, ())]
        for pair in pairs:
            raw[pair] += sum(flow.confidence for flow in flows) / len(pairs)
    total = sum(raw.values()) or 1.0
    return {pair: weight / total for pair, weight in sorted(raw.items())}
