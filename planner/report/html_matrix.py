"""Flows by phases: one row a flow, one column the end of a phase, a letter and a colour for what happens to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.model.verdict import VERDICTS, Moment, Simulation
from planner.report.contents import Contents
from planner.report.stories import FAILING, callee_namespace, is_probe, stories

_ROWS, _CELLS = 500, 8_000
"""Most rows; fewer where there are many phases, as a browser counts cells."""
LETTERS = {
    "mtls": ("M", "mutual TLS"),
    "hbone": ("H", "mutual TLS by ztunnel"),
    "tls": ("T", "the application's own TLS"),
    "plaintext": ("P", "plaintext"),
    "bypass": ("B", "past the proxy"),
    "unknown": ("?", "unknown, a fact is missing"),
    "policy-lost": ("L", "answered, but without a policy that holds today"),
    "broken": ("X", "broken"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One entry of the legend."""

    verdict: str
    letter: str
    words: str


@dataclass(frozen=True, slots=True)
class Square:
    """What happens to a flow at the end of a phase; `title` says why where it is new, `within` that it fails before."""

    verdict: str
    letter: str
    title: str
    within: bool


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow; `first` of its namespace or not."""

    namespace: str
    flow: str
    worst: str
    cells: tuple[Square, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """All of it: pairs of a column's name and title, the rows shown, and what is not."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[FlowRow, ...]
    legend: tuple[Letter, ...]
    left_out: int = 0
    probes: int = 0
    within: bool = False


def matrix(contents: Contents) -> Matrix:
    """Make the matrix, empty where the rollout was not played."""
    simulation = contents.simulation
    if simulation is None:
        return Matrix((), (), ())
    ends = (simulation.moments[0], *simulation.phase_ends())
    within = {(item.flow, story.end.phase): item.verdict.reason for story in stories(simulation)
              for item in story.within}  # fmt: skip
    cutting = {flow for flow, _ in within}
    told = [flow for flow in simulation.lives if not is_probe(flow) or flow in cutting or _fails(simulation, flow)]
    kept = _kept(simulation, told, min(_ROWS, max(50, _CELLS // len(ends))), cutting)
    rows: list[FlowRow] = []
    for flow in sorted(kept, key=lambda flow: (callee_namespace(flow), flow)):
        first = not rows or rows[-1].namespace != callee_namespace(flow)
        rows.append(_row(simulation, flow, ends, within, first))
    names = {phase.index: phase.folder for phase in contents.plan.phases}
    return Matrix(
        columns=tuple(("today", "today") if m.phase is None else (str(m.phase), f"after {names[m.phase]}")
                      for m in ends),
        rows=tuple(rows),
        legend=_legend(rows),
        left_out=len(told) - len(kept),
        probes=len(simulation.lives) - len(told),
        within=bool(within),
    )  # fmt: skip


def _fails(simulation: Simulation, flow: str) -> bool:
    return any(verdict.verdict in FAILING for _, verdict in simulation.lives[flow])


def _kept(simulation: Simulation, flows: list[str], most: int, cutting: set[str]) -> list[str]:
    """Choose the rows: what fails at some time, then what changes most, then by name."""

    def weight(flow: str) -> tuple[bool, int, str]:
        life = simulation.lives[flow]
        return not (flow in cutting or _fails(simulation, flow)), -len({verdict.verdict for _, verdict in life}), flow

    return sorted(flows, key=weight)[:most]


def _row(
    simulation: Simulation,
    flow: str,
    ends: tuple[Moment, ...],
    within: Mapping[tuple[str, int | None], str],
    first: bool,
) -> FlowRow:
    cells: list[Square] = []
    worst = before = 0
    for end in ends:
        verdict = simulation.at(flow, end.number)
        rank = VERDICTS.index(verdict.verdict)
        fails = within.get((flow, end.phase), "")
        why = f"{verdict.verdict}: {verdict.reason}" if not cells or rank != before else ""
        title = "; ".join(part for part in (why, f"within the phase: {fails}" if fails else "") if part)
        cells.append(Square(verdict.verdict, LETTERS[verdict.verdict][0], title, bool(fails)))
        worst, before = max(worst, rank), rank
    return FlowRow(callee_namespace(flow), flow, VERDICTS[worst], tuple(cells), first)


def _legend(rows: list[FlowRow]) -> tuple[Letter, ...]:
    used = {cell.verdict for row in rows for cell in row.cells}
    return tuple(Letter(verdict, *LETTERS[verdict]) for verdict in VERDICTS if verdict in used)
