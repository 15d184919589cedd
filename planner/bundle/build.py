"""All phases of a plan as typed contents: what is created, patched, restarted and done by hand, forth and back."""

from __future__ import annotations

from collections.abc import Iterable

from planner.bundle import port_patches, service_entries
from planner.bundle.closing_steps import already_ready, closing_steps
from planner.bundle.egress_checks import egress_checks
from planner.bundle.gates import gates
from planner.bundle.joining import Decided, joining_steps
from planner.bundle.lingering import guarded, lingering_runs
from planner.bundle.overlays import with_overlays
from planner.bundle.part import Part, step
from planner.bundle.port_exceptions import exceptions
from planner.bundle.settling import settled
from planner.bundle.step_names import PORTS, UNDO_ORDER, WORDS
from planner.bundle.work import Work
from planner.graph.traffic import TrafficGraph
from planner.model.bundle import PhaseBundle, StepBundle
from planner.model.finding import Finding
from planner.model.plan import Phase, Plan
from planner.model.snapshot import Snapshot
from planner.plan.facts import Facts
from planner.settings import Settings


def build(
    plan: Plan,
    snapshot: Snapshot,
    graph: TrafficGraph,
    findings: tuple[Finding, ...],
    settings: Settings,
    facts: Facts,
) -> tuple[PhaseBundle, ...]:
    """Decide what every phase changes.

    Args:
        plan: The order.
        snapshot: What was read; its values are those that undo restores.
        graph: Flows that were found.
        findings: What the rules say.
        settings: What the user said.
        facts: Versions and switches.

    Returns:
        One bundle per phase of the plan, in order, with the gates of its steps.
    """
    work = Work(plan, snapshot, graph, findings, settings, facts)
    decided = Decided(service_entries.entries(work), exceptions(work, _strict_phases(work)))
    return with_overlays((_phase(work, phase, decided) for phase in plan.phases), work.inventory)


def _strict_phases(work: Work) -> dict[str, int]:
    """Give the phase that closes each namespace; what is in the mesh today is closed by the last one."""
    last = work.plan.phases[-1].index if work.plan.phases else 0
    found = dict.fromkeys(already_ready(work), last)
    return found | {name: phase.index for phase in work.plan.phases for name in phase.strict}


def _phase(work: Work, phase: Phase, decided: Decided) -> PhaseBundle:
    if phase.units:
        return _bundle(work, phase, joining_steps(work, phase, decided))
    if phase is work.plan.phases[0]:
        part = port_patches.declare(work)
        return _bundle(work, phase, ((step(PORTS, *WORDS[PORTS], part), part),))
    at_end = decided.open_ports(phase.index, guard=False)
    return _bundle(work, phase, closing_steps(work, phase, decided.entries, at_end))


def _bundle(work: Work, phase: Phase, steps: Iterable[tuple[StepBundle, Part]]) -> PhaseBundle:
    """Leave empty steps out, and gather the notes of all."""
    known = tuple(steps)
    full = tuple(item for item, part in known if not part.empty)
    names = tuple(item.name for item in full)
    checks = egress_checks(work, phase)
    closing = phase.strict if phase.units else already_ready(work)
    full, left = settled(work, phase, full, closing)
    return PhaseBundle(
        index=phase.index,
        folder=phase.folder,
        namespaces=phase.namespaces,
        steps=full,
        checks=checks,
        notes=tuple(sorted({note for _, part in known for note in part.notes})),
        gates=gates(phase, full, len(checks), closing, lingering_runs(work, {*closing, *guarded(full)})),
        undo_order=tuple(name for name in UNDO_ORDER if name in names) or tuple(reversed(names)),
        settle=left,
    )
