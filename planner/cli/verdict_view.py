"""Verdicts for a terminal, in 80 columns and without need of colour: counts by phase, then what each phase does."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator

from rich.markup import escape

from planner.cli.console import Terminal
from planner.model.plan import Phase, Plan
from planner.model.verdict import VERDICTS, Moment, Simulation, Verdict
from planner.report.stories import (
    REPAIRING,
    Story,
    Trouble,
    deed,
    grouped,
    on_the_way_back,
    repairs_of,
    since_words,
    stories,
    today,
)

_WIDTH, _FEW = 80, 12
_STYLES = {"broken": "bold red", "policy-lost": "bold red", "unknown": "yellow"}
Line = tuple[str, str]
"""A text and its style."""


def verdicts(
    terminal: Terminal, plan: Plan, simulation: Simulation, phases: Collection[int], *, every: bool = False
) -> None:
    """Print the verdicts.

    Args:
        terminal: Where to.
        plan: Names of the phases, and what was done about flows that would break.
        simulation: The rollout in time.
        phases: Only these phases; all where empty.
        every: Whether every flow is listed.
    """
    named = {phase.index: phase for phase in plan.phases}
    told = [story for story in stories(simulation) if not phases or story.end.phase in phases]
    shown = {story.end.phase for story in told} | (set() if phases else {None})
    lines = [*_counts(simulation, named), *(_today(simulation, plan) if not phases else ())]
    for story in told:
        lines += _phase(story, named[story.end.phase or 0], plan, simulation, shown, every)
    if any(moment.back for moment in simulation.moments):
        lines += _back(simulation)
    for text, style in lines:
        terminal.out.print(escape(text), style=style or None, soft_wrap=True)


def _wrapped(text: str, indent: int, style: str = "", hang: int = 2) -> Iterator[Line]:
    """Fold a text at spaces only, so that names stay whole."""
    lead = " " * indent
    folded = textwrap.wrap(
        text, _WIDTH, initial_indent=lead, subsequent_indent=lead + " " * hang, break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip
    yield from ((line, style) for line in folded)


def _flow(flow: str, indent: int, style: str = "") -> Line:
    return " " * indent + flow, style


def _counts(simulation: Simulation, named: dict[int, Phase]) -> Iterator[Line]:
    used = [name for name in VERDICTS if any(v.verdict == name for life in simulation.lives.values() for _, v in life)]
    widths = [max(len(name), len(str(len(simulation.lives)))) + 2 for name in used]
    room = min(_WIDTH - sum(widths), max(len(phase.name) + 3 for phase in named.values()))
    yield "AFTER".ljust(room) + "".join(f"{name.upper():>{w}}" for name, w in zip(used, widths, strict=True)), "bold"
    rows = [("today", 0), *((_short(named[m.phase or 0], room), m.number) for m in simulation.phase_ends())]
    for name, number in rows:
        counts = simulation.counts(number)
        numbers = (f"{counts.get(verdict, 0) or '-':>{w}}" for verdict, w in zip(used, widths, strict=True))
        yield name.ljust(room) + "".join(numbers), ""


def _short(phase: Phase, room: int) -> str:
    name = f"{phase.index:<2} {phase.name}"
    return name if len(name) <= room else f"{name[: room - 1]}…"


def _today(simulation: Simulation, plan: Plan) -> Iterator[Line]:
    known = today(simulation)
    if known.troubles:
        yield from (("", ""), ("Today", "bold"))
        yield from _troubles(known.troubles, plan)


def _phase(
    story: Story, phase: Phase, plan: Plan, simulation: Simulation, shown: Collection[int | None], every: bool
) -> Iterator[Line]:
    yield "", ""
    joins = ", ".join(unit.name for unit in phase.units)
    yield from _wrapped(f"{phase.folder}" + (f": {joins} join{'' if len(phase.units) > 1 else 's'}" if joins else ""),
                        0, "bold")  # fmt: skip
    new = [item for item in story.troubles if item.since.phase == phase.index or item.since.phase not in shown]
    yield from _troubles(new, plan)
    yield from _still([item for item in story.troubles if item not in new])
    yield from _repaired(phase, plan)
    if story.within:
        yield "  fails within the phase, and works again at its end:", _STYLES["broken"]
        yield from _troubles(story.within, plan, 4)
    for (before, after), flows in story.changed.items():
        yield f"  {before} -> {after} ({len(flows)}):", "bold"
        yield from _few(flows, every)
    yield from _stayed(story)
    if every:
        yield from _every(simulation, story.end)


def _few(flows: tuple[str, ...], every: bool) -> Iterator[Line]:
    most = len(flows) if every or len(flows) <= _FEW + 1 else _FEW
    yield from (_flow(flow, 4) for flow in flows[:most])
    if len(flows) > most:
        yield f"    and {len(flows) - most} more; --all lists them", "dim"


def _troubles(troubles: Iterable[Trouble], plan: Plan, indent: int = 2) -> Iterator[Line]:
    """Tell what fails, each reason once: what would decide, how to learn it, and what deals with it."""
    for (since, verdict), flows in grouped(troubles).items():
        when = f", {since_words(since)}" if since.step else ""
        yield f"{' ' * indent}{verdict.verdict}{when}:", _STYLES[verdict.verdict]
        yield from (_flow(flow, indent + 2) for flow in flows)
        yield from _wrapped(f"why: {verdict.reason}", indent + 4, hang=5)
        if verdict.missing:
            yield from _wrapped(f"not known: {verdict.missing}", indent + 4)
        if verdict.learn:
            yield from _wrapped(f"to learn it: {verdict.learn}", indent + 4)
        yield from _deeds(flows, plan, indent + 4)


def _deeds(flows: Iterable[str], plan: Plan, indent: int) -> Iterator[Line]:
    found = {
        deed(repair.kind, str(repair.subject), repair.step): None for flow in flows for repair in repairs_of(plan, flow)
    }
    for words in found:
        yield from _wrapped(f"=> {words}", indent, hang=3)


def _repaired(phase: Phase, plan: Plan) -> Iterator[Line]:
    """Tell what would fail in this phase, had the plan not been repaired."""
    flows: dict[str, set[str]] = {}
    reasons: dict[str, dict[str, None]] = {}
    for repair in plan.repairs:
        if repair.phase == phase.index and repair.kind in REPAIRING:
            words = deed(repair.kind, str(repair.subject), repair.step)
            flows.setdefault(words, set()).update(repair.flows)
            reasons.setdefault(words, {})[repair.why.removeprefix("some pods refuse the call: ")] = None
    for words, ids in flows.items():
        number = f"{len(ids)} flow{'' if len(ids) == 1 else 's'}"
        yield from _wrapped(f"repaired: {words} (else {number} would break: {'; '.join(reasons[words])})", 2, hang=4)


def _still(troubles: list[Trouble]) -> Iterator[Line]:
    """Count what failed before; it was told where it began."""
    found: dict[tuple[str, int | None], int] = {}
    for item in troubles:
        key = item.verdict.verdict, item.since.phase
        found[key] = found.get(key, 0) + 1
    for (verdict, phase), number in found.items():
        when = "as today" if phase is None else f"since phase {phase}"
        yield f"  still {verdict}: {number} flow{'' if number == 1 else 's'}, {when}", _STYLES[verdict]


def _stayed(story: Story) -> Iterator[Line]:
    kept = ", ".join(f"{story.stayed[verdict]} {verdict}" for verdict in VERDICTS if verdict in story.stayed)
    yield from _wrapped(f"as before: {kept or 'nothing'}", 2)
    probes = ", ".join(f"{number} {verdict}" for verdict, number in story.probes.items())
    if probes:
        yield from _wrapped(f"probes of the kubelet: {probes}", 2)


def _every(simulation: Simulation, end: Moment) -> Iterator[Line]:
    groups: dict[tuple[str, str], list[str]] = {}
    for flow in simulation.lives:
        found: Verdict = simulation.at(flow, end.number)
        groups.setdefault((found.verdict, found.reason), []).append(flow)
    yield "  every flow at its end:", "bold"
    for verdict, reason in sorted(groups, key=lambda key: (-VERDICTS.index(key[0]), key[1])):
        yield from _wrapped(f"{verdict}: {reason}", 4, _STYLES.get(verdict, ""))
        yield from (_flow(flow, 6) for flow in groups[verdict, reason])


def _back(simulation: Simulation) -> Iterator[Line]:
    yield from (("", ""), ("The way back", "bold"))
    lost = grouped(on_the_way_back(simulation))
    if not lost:
        yield "  nothing stops working", ""
    for (moment, verdict), flows in lost.items():
        yield f"  {verdict.verdict} once {moment.step} of phase {moment.phase} is taken back:", _STYLES[verdict.verdict]
        yield from (_flow(flow, 4) for flow in flows)
        yield from _wrapped(f"why: {verdict.reason}", 6, hang=5)
