"""The summary that `meshplan plan` prints: at most 80 columns, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from planner.model.finding import Outcome
from planner.model.flow import Boundary
from planner.model.plan import Phase, RepairKind
from planner.report.contents import Contents
from planner.report.stories import REPAIRING
from planner.report.words import count

_WIDTH, _LABEL = 80, 9
_FEW = 3


def summary(contents: Contents) -> str:
    """Write the summary, ending with the files to open and the next command to try."""
    rows = [
        *_row("Read", _read(contents)),
        *(_row("Config", contents.config) if contents.config else ()),
        *_row("Target", ", ".join(contents.versions)),
        *_row("Assumed", _assumed(contents)),
        *_row("Flows", _flows(contents)),
        *_blocked(contents),
        *_plan(contents),
        *_repairs(contents),
        *_left_out(contents),
        *_closing(contents),
        *_next(contents),
    ]
    return "\n".join(rows) + "\n"


def _row(label: str, text: str) -> Iterator[str]:
    for number, line in enumerate(
        textwrap.wrap(text, _WIDTH - _LABEL, break_on_hyphens=False, break_long_words=False) or [""]
    ):
        yield f"{label if number == 0 else '':<{_LABEL}}{line}"


def _read(contents: Contents) -> str:
    inventory = contents.snapshot.inventory
    what = ", ".join(contents.snapshot.sources)
    parts = [
        count(len(inventory.namespaces), "namespace"),
        count(len(inventory.workloads), "workload"),
        count(len(contents.notes), "note"),
    ]
    partial = "; SOME OF THE INPUT WAS NOT READ" if contents.snapshot.partial else ""
    return f"{what}: {', '.join(parts)}{partial}"


def _assumed(contents: Contents) -> str:
    said = (f"{item.key}={item.value or 'none'} ({item.flag})" for item in contents.plan.assumed)
    return ", ".join(said) or "nothing"


def _flows(contents: Contents) -> str:
    graph = contents.graph
    numbers = {boundary: len(graph.within(boundary)) for boundary in Boundary}
    text = (
        f"{len(graph.flows)}: {numbers[Boundary.INGRESS]} in, {numbers[Boundary.EGRESS]} out, "
        f"{numbers[Boundary.INTERNAL]} inside"
    )
    blind = len(graph.blind_spots)
    return text + (f"; {count(blind, 'workload')} with unknown callees" if blind else "")


def _blocked(contents: Contents) -> Iterator[str]:
    blocked = [item for item in contents.open_findings() if item.outcome is Outcome.BLOCKED]
    if not blocked:
        yield from _row("Blocked", "nothing")
        return
    lines = [f"{item.subject.text} {item.message}" for item in blocked[:_FEW]]
    for number, line in enumerate(lines):
        lead = f"{len(blocked):<4}" if number == 0 else "    "
        yield from _row(
            "Blocked" if number == 0 else "", lead + textwrap.shorten(line, _WIDTH - _LABEL - 4, placeholder=" …")
        )
    if len(blocked) > _FEW:
        yield from _row("", f"    and {len(blocked) - _FEW} more: meshplan check, or plan.md")


def _plan(contents: Contents) -> Iterator[str]:
    plan = contents.plan
    moving = [phase for phase in plan.phases if phase.units]
    outside = [item for item in plan.outside if item.kind.value != "application"]
    names = ", ".join(f"{item.namespace}: {item.kind.value}" for item in outside)
    stays = (
        f", {count(len(outside), 'namespace')} stay{'s' if len(outside) == 1 else ''} out ({names})" if outside else ""
    )
    yield from _row("Plan", f"{count(len(moving), 'phase')}{stays}")
    for phase in moving:
        yield from _phase(phase)


def _repairs(contents: Contents) -> Iterator[str]:
    """Say what the plan did about flows that it would break, and for which it waits."""
    said = (
        ("Repaired", REPAIRING, "would break otherwise"),
        ("Waits", (RepairKind.GATE,), "would break: the steps have gates for"),
        ("Accepted", (RepairKind.ACCEPTED,), "may break, by plan.accept"),
    )
    for label, kinds, words in said:
        found = [repair for repair in contents.plan.repairs if repair.kind in kinds]
        flows = {flow for repair in found for flow in repair.flows}
        if flows:
            subjects = list(dict.fromkeys(str(repair.subject) for repair in found))
            named = ", ".join(subjects[:_FEW]) + (f" and {len(subjects) - _FEW} more" if len(subjects) > _FEW else "")
            join = " " if words.endswith("for") else ": "
            yield from _row(label, f"{count(len(flows), 'flow')} {words}{join}{named}")


def _left_out(contents: Contents) -> Iterator[str]:
    """Name the application namespaces that do not join, so that none is missed in silence."""
    reasons: dict[str, list[str]] = {}
    for item in contents.plan.outside:
        if item.kind.value == "application":
            reasons.setdefault(item.reason, []).append(item.namespace)
    for number, (reason, names) in enumerate(sorted(reasons.items())):
        named = ", ".join(names[:_FEW]) + (f" and {len(names) - _FEW} more" if len(names) > _FEW else "")
        yield from _row("Left out" if number == 0 else "", f"{named}: {reason}")


def _phase(phase: Phase) -> Iterator[str]:
    lead = f"  {phase.index:<3}"
    names = ", ".join(unit.name for unit in phase.units)
    canary = "canary: " if phase.index == 1 else ""
    text = f"{canary}{names} ({count(len(phase.frontier), 'flow')} plaintext at its edge)"
    for number, line in enumerate(textwrap.wrap(text, _WIDTH - len(lead) - 2, break_on_hyphens=False)):
        yield (lead if number == 0 else " " * (len(lead) + 2)) + line


def _closing(contents: Contents) -> Iterator[str]:
    plan = contents.plan
    ready = [item for item in plan.strict if item.phase is not None]
    waiting = [item for item in plan.strict if item.phase is None]
    text = f"possible for {len(ready)} of {len(plan.strict)}"
    if waiting:
        first = waiting[0]
        text += f"; {first.namespace} {first.blockers[0].partition(' (')[0]}"
        text += f" (and {len(waiting) - 1} more)" if len(waiting) > 1 else ""
    yield from _row("STRICT", textwrap.shorten(text, 2 * (_WIDTH - _LABEL), placeholder=" …"))
    closable = [item for item in plan.registry_only if item.phase is not None]
    yield from _row("Egress", f"can be closed for {len(closable)} of {len(plan.registry_only)} namespaces")


def _next(contents: Contents) -> Iterator[str]:
    if not contents.out:
        return
    moving = [phase for phase in contents.plan.phases if phase.units]
    files = [f"{contents.out}/plan.md", f"{contents.out}/graph.svg"]
    files += [f"{contents.out}/phases/{moving[0].folder}/README.md"] if moving else []
    yield from _row("Open", "  ".join(files))
    if moving:
        yield from _row("Try", f"meshplan explain {moving[-1].namespaces[0]} -d {contents.out}")
