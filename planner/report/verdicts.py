"""The verdicts of a rollout as a `VerdictList` document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner.model.verdict import Moment, Simulation, Verdict
from planner.report.documents import API_VERSION, note_item


def verdict_list(simulation: Simulation, phases: Iterable[int] = (), *, whole: bool = True) -> dict[str, Any]:
    """Build a `VerdictList`: today, the end of every phase, and what changes with every step.

    Args:
        simulation: The rollout in time.
        phases: Only these phases; all where empty.
        whole: Whether each flow is written out for each phase; the changes alone say the same in far less space.
    """
    wanted = frozenset(phases)
    shown = [m for m in simulation.moments if m.phase is not None and (not wanted or m.phase in wanted)]
    ends = [moment for moment in shown if moment.ends_phase and not moment.back]
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "VerdictList",
        "today": [{"flow": flow, **_verdict(simulation.at(flow, 0))} for flow in simulation.lives],
        "counts": simulation.counts(0),
        "steps": [_step(simulation, moment) for moment in shown if not moment.back],
        "notes": [note_item(note) for note in simulation.notes],
    }
    if whole:
        document["verdicts"] = [
            {"phase": moment.phase, "flow": flow, **_verdict(simulation.at(flow, moment.number))}
            for moment in ends
            for flow in simulation.lives
        ]
    undone = [_step(simulation, moment) for moment in shown if moment.back]
    if undone:
        document["undo"] = undone
    return document


def _step(simulation: Simulation, moment: Moment) -> dict[str, Any]:
    changes = [
        {"flow": flow, "from": before.verdict, **_verdict(after)}
        for flow, before, after in simulation.changes(moment.number)
    ]
    return {
        "phase": moment.phase,
        "step": moment.step,
        "title": moment.title,
        "endsPhase": moment.ends_phase,
        "during": moment.during,
        "counts": simulation.counts(moment.number),
        "changes": changes,
    }


def _verdict(verdict: Verdict) -> dict[str, str]:
    return {
        "verdict": verdict.verdict,
        "rule": verdict.rule,
        "reason": verdict.reason,
        "missing": verdict.missing,
        "learn": verdict.learn,
        "by": verdict.by,
    }
