"""A step that was compared with the cluster and may be made or taken back; both ways go through the same motions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.operate.actions import Action
from planner.operate.change import Run, Say, make, told
from planner.operate.live import Live
from planner.operate.preflight import Found, Row
from planner.operate.progress import APPLY, UNDO, Progress
from planner.operate.record import Journal
from planner.operate.rollout import Place
from planner.operate.waiting import wait

_PAST = {
    APPLY: {"create": "created", "patch": "patched", "restart": "restarted"},
    UNDO: {"create": "removed", "patch": "restored", "restart": "restarted"},
}


@dataclass(frozen=True)
class Prepared:
    """A step that may be made or taken back.

    Attributes:
        verb: `apply` or `undo`.
        place: The step.
        actions: What is done, in order; an undo leaves out what the step never reached.
        rows: Every change with what it meets.
        progress: The record before it.
    """

    verb: str
    place: Place
    actions: tuple[Action, ...]
    rows: tuple[Row, ...]
    progress: Progress

    @property
    def to_do(self) -> tuple[Row, ...]:
        """Changes that are still to be made."""
        return tuple(row for row in self.rows if row.found is Found.TO_DO)

    def standing(self, action: Action) -> Sequence[Any]:
        """Give the values that must stand in the fields of an action before it."""
        if self.verb == UNDO:
            return [change.new for change in action.changes]
        left = self.progress.standing(self.place)
        return [left.get((action.ref, change.path), change.old) for change in action.changes]


def rehearse(live: Live, prepared: Prepared, journal: Journal) -> None:
    """Let the server say of every change whether it would take it; nothing is changed.

    Raises:
        ClusterError: It would refuse one.
    """
    run = Run(live, journal, prepared.place.name, prepared.verb, lambda _: None)
    for action in prepared.actions:
        _made(run, prepared, action, dry=True)


def execute(
    live: Live, journal: Journal, prepared: Prepared, here: Mapping[str, str], timeout: float, say: Say, **seen: Any
) -> None:
    """Make the changes one by one, and wait for each workload that restarts.

    Args:
        live: The cluster.
        journal: The record.
        prepared: The step.
        here: Context, server and uid of the cluster.
        timeout: Seconds to wait for each workload.
        say: Prints a line.
        seen: What is recorded with the beginning.

    Raises:
        RefusedError: A field moved meanwhile, or a workload did not become ready.
        ClusterError: The server refused a change.
    """
    name = prepared.place.name
    journal.add("begin", step=name, verb=prepared.verb, **here, **seen)
    run = Run(live, journal, name, prepared.verb, say)
    with told(run):
        for action in prepared.actions:
            _one(run, prepared, action, timeout)
    journal.add("end", step=name, verb=prepared.verb)


def _one(run: Run, prepared: Prepared, action: Action, timeout: float) -> None:
    changed = _made(run, prepared, action)
    run.say(f"{_PAST[run.verb][action.verb] if changed else 'stands already':15}{action.ref}")
    if action.rollout and (changed or run.verb == APPLY):
        text = wait(run.live, action.ref, timeout, _stopped(prepared))
        run.note("ready", action, text=text)
        run.say(f"{'ready':15}{action.ref}: {text}")


def _made(run: Run, prepared: Prepared, action: Action, *, dry: bool = False) -> bool:
    written = prepared.progress.written(prepared.place).get(action.key, {})
    return make(run, action, prepared.standing(action), written, dry=dry)


def _stopped(prepared: Prepared) -> str:
    """Say how to go on, and for a step that was being applied also how to go back."""
    where = f"-d {prepared.progress.rollout.folder} --step {prepared.place.name}"
    back = f"; back with: meshplan undo {where}" if prepared.verb == APPLY else ""
    return f"look at its pods; go on with: meshplan {prepared.verb} {where}{back}"
