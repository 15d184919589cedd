"""What the rules found at the units of a phase, by the step before which it must be settled.

Source: `planner.model.finding.Before`, which every rule sets with its own reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.bundle.step_names import CANARY, CLOSE_EGRESS, CLOSE_NAMESPACES, LABEL, RESTART, STRICT
from planner.bundle.work import Work
from planner.model.bundle import Settle, StepBundle
from planner.model.finding import Before, Finding, Outcome, Severity
from planner.model.plan import Phase, Repair, RepairKind, Unit

_OPEN = (Outcome.BLOCKED, Outcome.UNKNOWN)
_FEW = 3
_HARMS = (Severity.HIGH, Severity.MEDIUM)


def settled(
    work: Work, phase: Phase, steps: tuple[StepBundle, ...], closing: tuple[str, ...]
) -> tuple[tuple[StepBundle, ...], tuple[Settle, ...]]:
    """Give the steps what must be settled before each, and what is left over.

    Args:
        work: The plan.
        phase: The phase.
        steps: Its steps.
        closing: Namespaces that become STRICT in it.
    """
    by_step: dict[str, list[Settle]] = {}
    names = {step.name for step in steps}
    for finding in _sorted(work.findings):
        if _is_here(work, finding, phase, closing):
            wanted = (name for name in _steps_of(finding, steps) if name in names)
            by_step.setdefault(next(wanted, ""), []).append(_settle(finding))
    for number, repair in enumerate(work.plan.repairs):
        if repair.kind is RepairKind.GATE and repair.phase == phase.index and repair.step in names:
            by_step.setdefault(repair.step, []).append(_of_repair(repair, number))
    full = tuple(replace(step, settle=tuple(by_step.get(step.name, ()))) for step in steps)
    return full, tuple(by_step.get("", ()))


def _sorted(findings: tuple[Finding, ...]) -> list[Finding]:
    found = (f for f in findings if f.outcome in _OPEN and f.severity in _HARMS)
    return sorted(found, key=lambda f: (f.severity.rank, f.rule, f.subject, f.detail, f.message))


def _is_here(work: Work, finding: Finding, phase: Phase, closing: tuple[str, ...]) -> bool:
    """Whether a phase is the one that needs a finding settled: the one that joins, or the one that closes."""
    namespace = _namespace(finding)
    closes = _closing_of(work, finding)
    if closes is not None:
        return phase.index == closes
    if finding.before is Before.STRICT and not phase.units and namespace in closing:
        return True
    return any(_in_unit(finding, unit, work) for unit in phase.units)


def _closing_of(work: Work, finding: Finding) -> int | None:
    """Give the phase that closes the namespace of a finding that is about closing it."""
    for phase in work.plan.phases:
        names = {Before.STRICT: phase.strict, Before.REGISTRY_ONLY: phase.registry_only}.get(finding.before, ())
        if _namespace(finding) in names:
            return phase.index
    return None


def _namespace(finding: Finding) -> str:
    return finding.subject.name if finding.subject.kind == "Namespace" else finding.subject.namespace


def _in_unit(finding: Finding, unit: Unit, work: Work) -> bool:
    subject = finding.subject
    if _namespace(finding) != unit.namespace:
        return False
    if unit.workloads and work.inventory.workload(subject):
        return f"{subject.kind}/{subject.name}" in unit.workloads
    # What is no workload (the namespace, a Service) matters from the first wave on, and is said once.
    return unit.wave in (0, 1)


def _steps_of(finding: Finding, steps: tuple[StepBundle, ...]) -> Iterator[str]:
    """Name the steps that a finding may belong to, best first; a phase may lack any of them."""
    if finding.before is Before.LABEL:
        yield from (LABEL, CANARY, RESTART)
    elif finding.before is Before.RESTART:
        moved = (step.name for step in steps if any(item.ref == finding.subject for item in step.rollouts))
        yield from moved
        yield from (CANARY, RESTART) if finding.subject.kind in ("Namespace", "Service") else (RESTART, CANARY)
    elif finding.before is Before.STRICT:
        yield from (STRICT, CLOSE_NAMESPACES)
    elif finding.before is Before.REGISTRY_ONLY:
        yield CLOSE_EGRESS


def _settle(finding: Finding) -> Settle:
    subject = str(finding.subject)
    return Settle(finding.id, finding.rule, subject, finding.message, finding.fix)


def _of_repair(repair: Repair, number: int) -> Settle:
    """Make a condition of flows that the step would break and that nothing in the plan can save."""
    shown = ", ".join(repair.flows[:_FEW]) + (f" and {len(repair.flows) - _FEW} more" if repair.flows[_FEW:] else "")
    fix = "settle the cause, or accept it by listing the flows under `plan.accept` in meshplan.yaml"
    return Settle(f"flow-{number}", "verdict", str(repair.subject), f"{shown} would break: {repair.why}", fix)


def by_position(steps: tuple[StepBundle, ...]) -> Mapping[str, str]:
    """Give for each step the one before it, which its conditions close; empty for the first."""
    names = tuple(step.name for step in steps)
    return dict(zip(names, ("", *names), strict=False))
