"""The loop of plan, bundles, verdicts and repairs: until nothing that works today breaks unsaid, or nothing helps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from planner.graph.traffic import TrafficGraph
from planner.model.bundle import PhaseBundle
from planner.model.inventory import Inventory
from planner.model.plan import Plan, Repair, RepairKind
from planner.model.readiness import Readiness
from planner.model.verdict import Simulation
from planner.simulate.repairs import repairs_for

MAX_ROUNDS = 8
"""More than any input has needed; what is still broken then has its gate."""
_SAID_ONLY = (RepairKind.GATE, RepairKind.ACCEPTED)


@dataclass(frozen=True, eq=False)
class Settled:
    """A plan with its bundles and verdicts, after the repairs."""

    plan: Plan
    bundles: tuple[PhaseBundle, ...]
    simulation: Simulation


def settle(
    plan: Plan,
    inventory: Inventory,
    graph: TrafficGraph,
    accepted: Collection[str],
    bundle: Callable[[Plan], tuple[PhaseBundle, ...]],
    play: Callable[[tuple[PhaseBundle, ...]], Simulation],
) -> Settled:
    """Repair a plan as far as meshplan may, and give every flow that it would still break a gate.

    Args:
        plan: The order.
        inventory: What was read.
        graph: Flows.
        accepted: Ids of flows that may break, by the user's word.
        bundle: Builds what each phase changes.
        play: Plays the rollout.
    """
    rules = tuple(obj.ref for obj in inventory.of_kind("DestinationRule"))
    flows = {flow.id: flow for flow in graph.flows}
    for _ in range(MAX_ROUNDS):
        bundles = bundle(plan)
        simulation = play(bundles)
        new = repairs_for(simulation, flows, rules, accepted, plan.repairs)
        if not new:
            break
        plan = repaired(plan, new)
        if all(repair.kind in _SAID_ONLY for repair in new):
            return Settled(plan, bundle(plan), simulation)  # gates change nothing of what is played
    return Settled(plan, bundles, simulation)


def repaired(plan: Plan, repairs: tuple[Repair, ...]) -> Plan:
    """Take repairs into a plan; namespaces that are held back are not closed."""
    open_to = _held(repairs, RepairKind.HOLD_STRICT)
    open_out = _held(repairs, RepairKind.HOLD_EGRESS)
    return replace(
        plan,
        repairs=tuple(sorted((*plan.repairs, *repairs))),
        strict=tuple(_hold(item, open_to) for item in plan.strict),
        registry_only=tuple(_hold(item, open_out) for item in plan.registry_only),
        phases=tuple(
            replace(
                phase,
                strict=tuple(name for name in phase.strict if name not in open_to),
                registry_only=tuple(name for name in phase.registry_only if name not in open_out),
            )
            for phase in plan.phases
        ),
    )


def _held(repairs: tuple[Repair, ...], kind: RepairKind) -> dict[str, list[str]]:
    """Give the reasons by namespace."""
    found: dict[str, list[str]] = {}
    for repair in repairs:
        if repair.kind is kind:
            found.setdefault(repair.subject.name, []).extend(f"{flow}: {repair.why}" for flow in repair.flows)
    return found


def _hold(item: Readiness, held: dict[str, list[str]]) -> Readiness:
    why = held.get(item.namespace)
    return item if why is None else replace(item, phase=None, blockers=tuple(sorted({*item.blockers, *why})))
