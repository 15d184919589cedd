"""The phases as the page shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from planner.model.finding import Outcome
from planner.model.plan import Gate, Phase, Step, Unit
from planner.report.contents import Contents
from planner.report.html_view import Capped, Table, capped, link, names, number, table
from planner.report.words import count

_FRONTIER, _RESTARTS, _REASONS = 40, 12, 10
_VERDICTS = {
    "mtls": "mutual TLS",
    "hbone": "mutual TLS by ztunnel",
    "tls": "own TLS",
    "plaintext": "plaintext",
    "bypass": "past the proxy",
    "unknown": "unknown",
    "policy-lost": "without their policy",
    "broken": "broken",
}
"""Verdicts in the order of the bar, safest first."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar: how many flows have one verdict, and their share in percent."""

    verdict: str
    words: str
    flows: int
    share: str


@dataclass(frozen=True, slots=True)
class UnitView:
    """What joins, whose it is, and why it joins here."""

    name: str
    owner: str
    workloads: Capped
    reasons: Capped
    blocked: int


@dataclass(frozen=True, slots=True)
class StepView:
    """A step with the gates that close it."""

    name: str
    title: str
    why: str
    restarts: Capped
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase. `gates` are those that close no step of its own."""

    anchor: str
    title: str
    summary: str
    folder: str
    units: tuple[UnitView, ...]
    steps: tuple[StepView, ...]
    gates: tuple[Gate, ...]
    frontier: Capped
    crossing: int
    bar: tuple[Segment, ...]
    flows: int
    strict: tuple[str, ...]
    registry_only: tuple[str, ...]
    picture: Markup
    open: bool


def phases(contents: Contents, pictures: Mapping[int, Markup]) -> tuple[PhaseView, ...]:
    """Make a view of each phase; the first one that moves something is open.

    Args:
        contents: The plan and what belongs to it.
        pictures: Picture of each phase that has one, by its index.
    """
    first = next((phase.index for phase in contents.plan.phases if phase.units), -1)
    blocked = _blocked(contents)
    return tuple(
        _phase(phase, contents, blocked, pictures.get(phase.index, Markup("")), phase.index == first)
        for phase in contents.plan.phases
    )


def _blocked(contents: Contents) -> Counter[str]:
    """Count the findings that block something, by namespace."""
    return Counter(
        item.subject.name if item.subject.kind == "Namespace" else item.subject.namespace
        for item in contents.open_findings()
        if item.outcome is Outcome.BLOCKED
    )


def _phase(phase: Phase, contents: Contents, blocked: Counter[str], picture: Markup, is_open: bool) -> PhaseView:
    return PhaseView(
        anchor=_anchor(phase),
        title=f"Phase {phase.index}: {phase.name}",
        summary=_summary(phase),
        folder=f"phases/{phase.folder}",
        units=tuple(_unit(unit, phase, contents, blocked[unit.namespace]) for unit in phase.units),
        steps=tuple(_step(step, phase) for step in phase.steps),
        gates=tuple(gate for gate in phase.gates if gate.after not in {step.name for step in phase.steps}),
        frontier=capped(phase.frontier, _FRONTIER),
        crossing=len(phase.frontier),
        bar=bar(phase.verdicts),
        flows=sum(phase.verdicts.values()),
        strict=phase.strict,
        registry_only=phase.registry_only,
        picture=picture,
        open=is_open,
    )


def _anchor(phase: Phase) -> str:
    return f"phase-{phase.index}"


def _summary(phase: Phase) -> str:
    if not phase.units:
        return f"{count(len(phase.steps), 'step')}, nothing joins" if phase.steps else "nothing to do"
    crossing = f"{count(len(phase.frontier), 'flow')} plaintext at the edge"
    return f"{count(len(phase.units), 'unit')}, {count(len(phase.steps), 'step')}, {crossing}, risk {phase.risk:.0%}"


def _unit(unit: Unit, phase: Phase, contents: Contents, blocked: int) -> UnitView:
    return UnitView(
        unit.name,
        contents.owners.get(unit.namespace, "no owner named"),
        capped(unit.workloads, _RESTARTS),
        capped((reason.text for reason in phase.reasons if reason.subject == unit.namespace), _REASONS),
        blocked,
    )


def _step(step: Step, phase: Phase) -> StepView:
    gates = tuple(gate for gate in phase.gates if gate.after == step.name)
    return StepView(step.name, step.title, step.why, capped(step.restarts, _RESTARTS), gates)


def bar(verdicts: Mapping[str, int]) -> tuple[Segment, ...]:
    """Order the verdicts for the bar, with the share of each in percent; verdicts that nothing has are left out."""
    total = sum(verdicts.values())
    order = [*_VERDICTS, *sorted(set(verdicts) - set(_VERDICTS))]
    return tuple(
        Segment(
            name if name in _VERDICTS else "unknown", _VERDICTS.get(name, name), flows, f"{100 * flows / total:.2f}"
        )
        for name in order
        if (flows := verdicts.get(name, 0))
    )


def overview(contents: Contents) -> Table:
    """Make the table of all phases."""
    rows = (
        (
            link(phase.folder, f"#{_anchor(phase)}"),
            names(unit.name for unit in phase.units),
            number(len(phase.frontier)),
            number(f"{phase.verdicts.get('mtls', 0)} of {sum(phase.verdicts.values())}"),
            number(f"{phase.risk:.0%}"),
            names(phase.strict),
        )
        for phase in contents.plan.phases
    )
    head = ("phase", "joins", "flows plaintext at the edge", "flows under mutual TLS", "risk", "becomes STRICT")
    return table("The phases in order", head, rows)
