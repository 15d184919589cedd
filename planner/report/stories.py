"""What each phase does to the flows, told once for every view: what fails, what changed, what stayed as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.model.plan import Plan, Repair, RepairKind
from planner.model.verdict import Moment, Simulation, Verdict

FAILING = ("broken", "policy-lost", "unknown")
"""What a reader must act upon, worst first."""
REPAIRING = (RepairKind.RELAX_RULE, RepairKind.HOLD_STRICT, RepairKind.HOLD_EGRESS)
"""Repairs after which the flow works; the others only say that it does not."""
_PROBE = "cluster:kubelet -> "


@dataclass(frozen=True, slots=True)
class Trouble:
    """A flow that does not work, or is not known to.

    Attributes:
        flow: Id.
        since: The moment from which on it has this verdict.
        verdict: What happens to it at the end of the phase; within it where it works again by then.
    """

    flow: str
    since: Moment
    verdict: Verdict


@dataclass(frozen=True)
class Story:
    """One phase, or today.

    Attributes:
        end: Its last moment.
        troubles: What does not work at its end, worst first.
        within: What works before and after, and fails in between.
        changed: Flows by the verdicts that they had before and have now; probes are not among them.
        stayed: Flows by the verdict that they keep; probes and what fails are not among them.
        probes: Probes of the kubelet by verdict; they are many and all alike.
    """

    end: Moment
    troubles: tuple[Trouble, ...]
    within: tuple[Trouble, ...]
    changed: dict[tuple[str, str], tuple[str, ...]]
    stayed: dict[str, int]
    probes: dict[str, int]


def is_probe(flow: str) -> bool:
    """Whether a flow is a probe of the kubelet."""
    return flow.startswith(_PROBE)


def callee_namespace(flow: str) -> str:
    """Read the namespace of the callee from the id of a flow; what has none comes under its own kind."""
    target = flow.partition(" -> ")[2]
    return target.partition("/")[0] if "/" in target else "outside"


def today(simulation: Simulation) -> Story:
    """Tell what happens before anything was done."""
    first = simulation.moments[0]
    return _story(simulation, first, first, {})


def stories(simulation: Simulation) -> tuple[Story, ...]:
    """Tell every phase, in order."""
    found, before = [], simulation.moments[0]
    failing = _within(simulation)
    for end in simulation.phase_ends():
        found.append(_story(simulation, before, end, failing))
        before = end
    return tuple(found)


def _story(
    simulation: Simulation, before: Moment, end: Moment, failing: dict[int | None, tuple[Trouble, ...]]
) -> Story:
    changed: dict[tuple[str, str], list[str]] = {}
    stayed: Counter[str] = Counter()
    probes: Counter[str] = Counter()
    troubles = []
    for flow in simulation.lives:
        was, now = simulation.at(flow, before.number).verdict, simulation.at(flow, end.number)
        if is_probe(flow):
            probes[now.verdict] += 1
        elif was != now.verdict and now.verdict not in FAILING:
            changed.setdefault((was, now.verdict), []).append(flow)
        elif now.verdict not in FAILING:
            stayed[now.verdict] += 1
        if now.verdict in FAILING:
            troubles.append(Trouble(flow, _since(simulation, flow, end.number), now))
    worst = sorted(troubles, key=lambda item: (FAILING.index(item.verdict.verdict), item.since.number, item.flow))
    by_verdicts = {key: tuple(sorted(flows)) for key, flows in sorted(changed.items())}
    within = () if before is end else failing.get(end.phase, ())
    return Story(end, tuple(worst), within, by_verdicts, dict(sorted(stayed.items())), dict(sorted(probes.items())))


def _since(simulation: Simulation, flow: str, moment: int) -> Moment:
    """Find the moment from which on a flow has had the verdict word that it has now."""
    life = [item for item in simulation.lives[flow] if item[0] <= moment]
    first = life[-1][0]
    for number, verdict in reversed(life):
        if verdict.verdict != life[-1][1].verdict:
            break
        first = number
    return simulation.moments[first]


def _within(simulation: Simulation) -> dict[int | None, tuple[Trouble, ...]]:
    """Gather, by phase, the flows that fail after one of its steps and work again at its end."""
    ends = {end.phase: end.number for end in simulation.phase_ends()}
    found: dict[int | None, list[Trouble]] = {}
    for moment in simulation.moments:
        if moment.phase is None or moment.back or moment.ends_phase:
            continue
        for flow, before, after in simulation.changes(moment.number):
            if before.works and not after.works and simulation.at(flow, ends[moment.phase]).works:
                found.setdefault(moment.phase, []).append(Trouble(flow, moment, after))
    return {phase: tuple(items) for phase, items in found.items()}


def on_the_way_back(simulation: Simulation) -> Iterator[Trouble]:
    """Yield what stops working while the rollout is taken back."""
    for moment in simulation.moments:
        if moment.back:
            for flow, before, after in simulation.changes(moment.number):
                if before.works and not after.works:
                    yield Trouble(flow, moment, after)


def since_words(moment: Moment) -> str:
    """Say from when on something fails: `from 20-label on`, or from the middle of a step."""
    return f"{'from the middle of' if moment.during else 'from'} {moment.step} on"


def repairs_of(plan: Plan, flow: str) -> tuple[Repair, ...]:
    """Return what was done about a flow."""
    return tuple(repair for repair in plan.repairs if flow in repair.flows)


def deed(kind: str, subject: str, step: str) -> str:
    """Say in words what a repair does.

    Args:
        kind: See `RepairKind`.
        subject: `Kind namespace/name`.
        step: Step that would break something without it.
    """
    name = subject.partition(" ")[2]
    return {
        RepairKind.RELAX_RULE: f"{subject} no longer insists on mTLS before {step}",
        RepairKind.HOLD_STRICT: f"{name} is not made STRICT",
        RepairKind.HOLD_EGRESS: f"the egress of {name} stays open",
        RepairKind.GATE: f"{step} waits at a gate until {subject} is settled",
        RepairKind.ACCEPTED: f"may break at {step}: accepted in plan.accept",
    }[RepairKind(kind)]


def grouped(troubles: Iterable[Trouble]) -> dict[tuple[Moment, Verdict], tuple[str, ...]]:
    """Put troubles of the same moment and reason together, in their order."""
    found: dict[tuple[Moment, Verdict], list[str]] = {}
    for item in troubles:
        found.setdefault((item.since, item.verdict), []).append(item.flow)
    return {key: tuple(flows) for key, flows in found.items()}
