"""Why a unit stands where it stands: as data, and in words that need no formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from planner.graph.traffic import TrafficGraph
from planner.model.flow import Flow
from planner.model.plan import Reason
from planner.plan.order import Ordered
from planner.plan.rules import HardRules
from planner.settings import Settings

_TERM_WORDS = {
    "plaintext in": "plaintext would arrive longer at what has joined",
    "plaintext out": "its callers in the mesh would call it as plaintext longer",
    "permissive": "it or its callees would have to stay PERMISSIVE longer",
    "waiting": "it would wait longer for what the mesh brings",
    "risk": "its risk would be taken before the team has learnt",
}

_MOST_SWAPS = 80
"""With more units than this, exchanges are not priced for every one of them."""


def reasons(item: int, ordered: Ordered, graph: TrafficGraph, settings: Settings) -> tuple[Reason, ...]:
    """Say why one item is in its phase.

    Returns:
        What fixed it first (a pin, a group), then what weighs, then the next best place and its price.
    """
    problem, placed = ordered.problem, ordered.placement.phase
    name = problem.items[item].unit.namespace
    found = list(_fixed(item, ordered, settings))
    found.extend(_traffic(name, placed[item], ordered, graph))
    known = problem.items[item]
    risk = f"carries {known.risk:.0%} of the risk ({', '.join(known.why_risk)})"
    found.append(Reason(name, "risk", risk, cost=round(known.risk, 4)))
    found.extend(_elsewhere(item, ordered))
    return tuple(found)


def _fixed(item: int, ordered: Ordered, settings: Settings) -> Iterable[Reason]:
    name = ordered.problem.items[item].unit.namespace
    for pin in settings.pins:
        if pin.namespace == name:
            words = [f"in phase {pin.phase}"] if pin.phase else []
            words += [f"not before phase {pin.not_before}"] if pin.not_before else []
            words += [f"not after phase {pin.not_after}"] if pin.not_after else []
            yield Reason(name, "pin", f"pinned by the configuration: {', '.join(words)}")
    for group in ordered.problem.groups:
        if item in group:
            others = ", ".join(ordered.problem.items[i].unit.name for i in group if i != item)
            yield Reason(name, "group", f"moves together with {others}, as the configuration asks")


def _traffic(name: str, phase: int, ordered: Ordered, graph: TrafficGraph) -> Iterable[Reason]:
    where = {known.unit.namespace: ordered.placement.phase[i] for i, known in enumerate(ordered.problem.items)}
    before: list[tuple[str, bool, tuple[Flow, ...]]] = []
    later: list[tuple[str, bool, tuple[Flow, ...]]] = []
    for (source, target), flows in graph.between_namespaces.items():
        other = target if source == name else source if target == name else ""
        if other in where and where[other] != phase:
            (before if where[other] < phase else later).append((other, source == name, flows))
    if not before and not later:
        yield Reason(name, "no-cut", "no flow to or from it crosses the edge of the mesh because of its place")
    for group, when in ((before, "joined earlier"), (later, "joins later")):
        for other, calls, flows in group:
            verb = "calls" if calls else "is called by"
            count = f"{len(flows)} flow{'s' if len(flows) > 1 else ''}"
            yield Reason(name, "frontier", f"{verb} {other}, which {when} ({count})", tuple(flow.id for flow in flows))


def _elsewhere(item: int, ordered: Ordered) -> Iterable[Reason]:
    """Name the best other place and its price: a move where there is room, else an exchange with a neighbour."""
    name = ordered.problem.items[item].unit.namespace
    moves = tuple(_moves(item, ordered))
    if moves:
        cost, target, term = min(moves)
        words = f"the best other place, phase {target + 1}, would cost {cost:+.3f} weeks: {_TERM_WORDS[term]}"
        yield Reason(name, "alternative", words, cost=cost)
        return
    swaps = tuple(_swaps(item, ordered))
    if swaps:
        cost, other, target, term = min(swaps)
        words = f"the phases beside it are full; to change places with {other} of phase {target + 1} would cost"
        yield Reason(name, "swap", f"{words} {cost:+.3f} weeks: {_TERM_WORDS[term]}", cost=cost)


def _moves(item: int, ordered: Ordered) -> Iterator[tuple[float, int, str]]:
    """Yield (cost, phase, heaviest term) for every phase that has room for an item and its group."""
    rules, phase = HardRules(ordered.problem), list(ordered.placement.phase)
    block = rules.together(item)
    for target in range(ordered.problem.phases):
        if target != phase[item] and not rules.fits(block, target, phase):
            trial = [target if i in block else where for i, where in enumerate(phase)]
            yield _price(trial, block, ordered, target)


def _swaps(item: int, ordered: Ordered) -> Iterator[tuple[float, str, int, str]]:
    """Yield (cost, partner, phase, heaviest term) for exchanges with items of the phases beside."""
    problem, phase = ordered.problem, list(ordered.placement.phase)
    if len(problem.items) > _MOST_SWAPS:
        return
    rules = HardRules(problem)
    for other, target in enumerate(phase):
        if abs(target - phase[item]) != 1 or len(rules.together(item)) > 1 or len(rules.together(other)) > 1:
            continue
        trial = list(phase)
        trial[item], trial[other] = target, phase[item]
        if not rules.broken(trial):
            cost, _, term = _price(trial, (item, other), ordered, target)
            yield cost, problem.items[other].unit.name, target, term


def _price(trial: Sequence[int], moved: Sequence[int], ordered: Ordered, target: int) -> tuple[float, int, str]:
    """Compare another placement with the chosen one, looking only at what the move can change."""
    before = ordered.objective.terms_around(moved, ordered.placement.phase)
    after = ordered.objective.terms_around(moved, trial)
    change = {term: after[term] - before[term] for term in after}
    heaviest = max(sorted(change), key=lambda term: change[term])
    return round(sum(change.values()), 6), target, heaviest
