"""Tables for a terminal: readable without colour and in 80 columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rich import box
from rich.markup import escape
from rich.table import Table

from planner.cli.console import Terminal
from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding, Outcome, Rule
from planner.model.flow import BlindSpot, Suppressed
from planner.model.note import Note, NoteKind

_FEW = 5
_LOUD = (NoteKind.UNREAD, NoteKind.LOST)
"""Kinds of notes that are printed without being asked for."""


def _table(*columns: str, ratios: tuple[int, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for index, column in enumerate(columns):
        table.add_column(column, overflow="fold", ratio=ratios[index] if ratios else None)
    return table


def flows(terminal: Terminal, graph: TrafficGraph, suppressed: Iterable[Suppressed]) -> None:
    """Print the flows, the blind spots, and on request what was left out."""
    table = _table("FROM", "TO", "PORT", "PROTOCOL", "SURE")
    for flow in graph.flows:
        port = str(flow.port) if flow.port else "-"
        table.add_row(escape(flow.source.text), escape(flow.target.text), port, flow.protocol, f"{flow.confidence:.0%}")
    terminal.out.print(table)
    _blind_spots(terminal, graph)
    left_out = tuple(suppressed)
    if left_out:
        terminal.out.print(f"\n{len(left_out)} candidates were left out:")
        for item in left_out:
            source = item.source.text if item.source else "nobody"
            terminal.out.print(f"  {escape(source)}: {escape(item.text)} ({escape(item.reason)})")
            terminal.out.print(f"    [dim]{escape(item.evidence.place)} {escape(item.evidence.field)}[/dim]")


def _blind_spots(terminal: Terminal, graph: TrafficGraph) -> None:
    """Print the workloads with unknown callees by reason; how to learn them once for each reason."""
    by_reason: dict[str, list[BlindSpot]] = defaultdict(list)
    for spot in graph.blind_spots:
        by_reason[spot.reason].append(spot)
    if by_reason:
        terminal.out.print(f"\nUnknown callees ({len(graph.blind_spots)}):")
    for reason, spots in sorted(by_reason.items()):
        terminal.out.print(f"  {escape(reason)}:")
        for spot in spots:
            looked = f" (looked at: {'; '.join(spot.looked_at)})" if spot.looked_at else ""
            terminal.out.print(f"    {escape(spot.workload.text)}[dim]{escape(looked)}[/dim]")
        terminal.out.print(f"    to learn them: {escape(spots[0].learn)}")


def findings(terminal: Terminal, found: Iterable[Finding]) -> None:
    """Print the findings, worst first."""
    found = tuple(found)
    table = _table("RULE", "SUBJECT", "OUTCOME", "WHAT")
    for item in found:
        outcome = (
            f"{item.outcome.value} {item.severity.value}" if item.outcome is Outcome.BLOCKED else item.outcome.value
        )
        table.add_row(item.rule, escape(str(item.subject)), outcome, escape(item.message))
    terminal.out.print(table)
    counts = {outcome: sum(1 for item in found if item.outcome is outcome) for outcome in Outcome}
    words = ", ".join(f"{number} {outcome.value}" for outcome, number in counts.items() if number)
    terminal.out.print(f"\n{words or 'nothing found'}")


def notes(terminal: Terminal, found: Iterable[Note]) -> None:
    """Print notes to stderr: what was not read always, the rest when asked."""
    if terminal.quiet:
        return
    every = tuple(found)
    shown = every if terminal.verbose else tuple(note for note in every if note.kind in _LOUD)
    for note in shown if terminal.verbose else shown[:_FEW]:
        hint = f" ({escape(note.hint)})" if note.hint else ""
        terminal.err.print(f"note: {escape(note.place)}: {escape(note.message)}{hint}", soft_wrap=True)
    rest = len(every) - min(len(shown), len(every) if terminal.verbose else _FEW)
    if rest > 0 and not terminal.verbose:
        terminal.err.print(f"{rest} more note{'' if rest == 1 else 's'}; -v shows them", style="dim")


def rules(terminal: Terminal, known: Iterable[Rule]) -> None:
    """Print the catalogue of rules."""
    table = _table("ID", "NAME", "SEVERITY", "WHAT IT FLAGS")
    for rule in known:
        table.add_row(rule.id, rule.name, rule.severity.value, escape(rule.title))
    terminal.out.print(table)
