"""What to do about flows that a plan would break: what meshplan may change, it changes; the rest waits for a person.

The first moment at which a flow stops working, and the rule by which it does, say what helps:
- a DestinationRule forces mTLS to pods without a proxy: it is relaxed before the first caller has one;
- the closing of a namespace cuts a caller off: it is not closed;
- anything else: the step gets a gate that names the flow and the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from planner.model.flow import Flow
from planner.model.plan import Repair, RepairKind
from planner.model.refs import Ref
from planner.model.verdict import Moment, Simulation, Verdict

_FORCED = ("mtls-to-application", "mtls-to-disabled", "forced-mtls")
_RULE = "DestinationRule"
_CLOSE_EGRESS, _STRICT = "-registry-only", "strict"
"""How the names of the steps end that close something, see `planner.bundle.step_names`."""

Key = tuple[int, str, RepairKind, Ref, str]


def repairs_for(
    simulation: Simulation,
    flows: Mapping[str, Flow],
    known: Iterable[Ref],
    accepted: Collection[str],
    earlier: Collection[Repair],
) -> tuple[Repair, ...]:
    """Decide what to do about every flow that works today and stops at some moment of the way forth.

    Args:
        simulation: The plan as it stands, played.
        flows: Flows by id.
        known: DestinationRules that were read; others are the plan's own.
        accepted: Ids of flows that may break.
        earlier: What was done in earlier rounds; what did not help is not done again.

    Returns:
        New repairs, sorted; one for each subject and reason.
    """
    rules = frozenset(known)
    tried = {(repair.kind, repair.subject, flow) for repair in earlier for flow in repair.flows}
    found: dict[Key, list[str]] = defaultdict(list)
    for flow, moment, verdict in broken(simulation):
        for kind, subject in _ways(flows[flow], moment, verdict, rules, accepted):
            if (kind, subject, flow) not in tried:
                found[moment.phase or 0, moment.step, kind, subject, verdict.reason].append(flow)
                break
    return tuple(
        sorted(
            Repair(phase, step, kind, subject, tuple(sorted(ids)), why)
            for (phase, step, kind, subject, why), ids in found.items()
        )
    )


def broken(simulation: Simulation) -> Iterator[tuple[str, Moment, Verdict]]:
    """Yield every flow that works today and the first moment of the way forth at which it does not."""
    for flow, life in simulation.lives.items():
        if not life[0][1].works:
            continue
        for number, verdict in life[1:]:
            moment = simulation.moments[number]
            if verdict.verdict in ("broken", "policy-lost") and not moment.back:
                yield flow, moment, verdict
                break


def _ways(
    flow: Flow, moment: Moment, verdict: Verdict, rules: Collection[Ref], accepted: Collection[str]
) -> Iterator[tuple[RepairKind, Ref]]:
    """Yield what may help, best first; the last always does."""
    kind, _, name = verdict.by.partition(" ")
    namespace, _, bare = name.partition("/")
    rule = Ref(namespace, bare, kind)
    if flow.id in accepted:
        yield RepairKind.ACCEPTED, flow.target
        return
    if kind == _RULE and verdict.rule in _FORCED and rule in rules:
        yield RepairKind.RELAX_RULE, rule
    if moment.step.endswith(_CLOSE_EGRESS):
        yield RepairKind.HOLD_EGRESS, Ref("", flow.source.namespace, "Namespace")
    elif moment.step.endswith(_STRICT):
        yield RepairKind.HOLD_STRICT, Ref("", flow.target.namespace, "Namespace")
    yield RepairKind.GATE, flow.target
