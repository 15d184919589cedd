"""Verdicts as tables for a terminal: counts by phase, then every flow that is not mTLS, readable in 80 columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from rich import box
from rich.markup import escape
from rich.table import Table

from planner.cli.console import Terminal
from planner.model.plan import Plan
from planner.model.verdict import VERDICTS, Moment, Simulation, Verdict

_STYLES = {"mtls": "green", "hbone": "green", "broken": "bold red", "policy-lost": "red", "unknown": "yellow"}
_QUIET = ("mtls", "hbone")


def verdicts(
    terminal: Terminal, plan: Plan, simulation: Simulation, phases: Collection[int], *, every: bool = False
) -> None:
    """Print the verdicts.

    Args:
        terminal: Where to.
        plan: Names of the phases.
        simulation: The rollout in time.
        phases: Only these phases; all where empty.
        every: Whether flows that are mTLS are listed too.
    """
    names = {phase.index: phase.folder for phase in plan.phases}
    terminal.out.print(_counts(simulation, names))
    for moment in simulation.phase_ends():
        if moment.phase is not None and (not phases or moment.phase in phases):
            _phase(terminal, simulation, moment, names[moment.phase], every=every)


def _counts(simulation: Simulation, names: dict[int, str]) -> Table:
    used = [verdict for verdict in VERDICTS if any(v.verdict == verdict for _, v in _all(simulation))]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("AFTER", overflow="fold")
    for verdict in used:
        table.add_column(verdict.upper(), justify="right", style=_STYLES.get(verdict, ""))
    rows = [("today", 0), *((names[m.phase or 0], m.number) for m in simulation.phase_ends())]
    for name, number in rows:
        counts = simulation.counts(number)
        table.add_row(escape(name), *(str(counts[v]) if v in counts else "-" for v in used))
    return table


def _all(simulation: Simulation) -> list[tuple[int, Verdict]]:
    return [item for life in simulation.lives.values() for item in life]


def _phase(terminal: Terminal, simulation: Simulation, moment: Moment, name: str, *, every: bool) -> None:
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for flow in simulation.lives:
        found = simulation.at(flow, moment.number)
        if every or found.verdict not in _QUIET:
            groups[found.verdict, found.reason, found.missing].append(flow)
    terminal.out.print(f"\n[bold]{escape(name)}[/bold]")
    for verdict, reason, missing in sorted(groups, key=lambda key: (-VERDICTS.index(key[0]), key[1:])):
        style = _STYLES.get(verdict, "cyan")
        terminal.out.print(f"  [{style}]{verdict}[/{style}]: {escape(reason)}")
        if missing:
            terminal.out.print(f"    not known: {escape(missing)}")
        for flow in groups[verdict, reason, missing]:
            terminal.out.print(f"    {escape(flow)}", soft_wrap=True)
    if within := _within(simulation, moment):
        terminal.out.print("  within the phase:")
        for line in within:
            terminal.out.print(f"    {escape(line)}", soft_wrap=True)


def _within(simulation: Simulation, end: Moment) -> list[str]:
    """Name the flows that stop working in the middle of a phase."""
    lines = []
    for moment in simulation.moments:
        if moment.phase != end.phase or moment.back or moment.number >= end.number:
            continue
        for flow, before, after in simulation.changes(moment.number):
            if before.works and not after.works and simulation.at(flow, end.number) != after:
                lines.append(f"after {moment.step}: {after.verdict} {flow} ({after.reason})")
    return lines
