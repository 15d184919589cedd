"""Take steps back, in the order in which their phase is taken back: the label goes before the pods restart."""

from __future__ import annotations

from dataclasses import dataclass

from planner.errors import UsageError
from planner.model.bundle import PhaseBundle
from planner.operate.actions import Action, back
from planner.operate.change import Run, Say, make, told
from planner.operate.live import Live
from planner.operate.preflight import Found, Row, refuse, undo_rows
from planner.operate.progress import UNDO, Progress
from planner.operate.record import Journal
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Place
from planner.operate.waiting import wait

_LOOK = "look who changed it; put the step's value back, or take the rest back by hand with undo.sh"


@dataclass(frozen=True)
class Prepared:
    """A step that may be taken back.

    Attributes:
        place: The step.
        actions: What is taken back, in order; what the step never reached is left out.
        rows: Every change with what it meets.
        progress: The record before it.
    """

    place: Place
    actions: tuple[Action, ...]
    rows: tuple[Row, ...]
    progress: Progress

    @property
    def to_do(self) -> tuple[Row, ...]:
        """Changes that are still to be made."""
        return tuple(row for row in self.rows if row.found is Found.TO_DO)


def order(progress: Progress) -> tuple[Place, ...]:
    """List everything that stands, in the order in which it is taken back: the last phase first."""
    found: list[Place] = []
    for phase in reversed(progress.rollout.phases):
        found.extend(place for place in _of_phase(phase) if progress.stands(place))
    return tuple(found)


def _of_phase(phase: PhaseBundle) -> tuple[Place, ...]:
    by_name = {step.name: step for step in phase.steps}
    names = [name for name in phase.undo_order if name in by_name]
    names += [name for name in reversed(by_name) if name not in names]
    return tuple(Place(phase, by_name[name]) for name in names)


def choose(progress: Progress, phase: str, step: str, everything: bool) -> tuple[Place, ...]:
    """Choose the steps to take back: one, those of a phase, all, or by default the last one.

    Raises:
        UsageError: There is no such step, or the name fits several.
        RefusedError: Something must be taken back before.
    """
    listed = order(progress)
    if everything:
        return listed
    if not phase and not step:
        return listed[:1]
    found = progress.rollout.matching(phase, step)
    if step and len(found) > 1:
        known = ", ".join(place.name for place in found)
        raise UsageError(f"--step {step}: several phases have it", f"add --phase; it is one of: {known}", "rollout")
    names = {place.name for place in found}
    chosen = tuple(place for place in listed if place.name in names)
    last = max((n for n, place in enumerate(listed) if place.name in names), default=-1)
    missing = [place.name for place in listed[:last] if place.name not in names]
    if missing:
        text = f"{chosen[0].name} is refused: {missing[0]} must be taken back before it; nothing was changed"
        raise RefusedError(text, f"first: meshplan undo -d {progress.rollout.folder} --step {missing[0]}", "rollout")
    return chosen


def prepare(live: Live, progress: Progress, place: Place) -> Prepared:
    """Compare the whole step with the cluster; nothing is changed.

    Raises:
        RefusedError: Something else stands there than the step set.
    """
    written = progress.written(place)
    actions = tuple(action for action in back(place.step) if action.verb != "restart" or action.key in written)
    rows = undo_rows(live, actions, written)
    refuse(rows, f"undo of {place.name}", _LOOK)
    return Prepared(place, actions, rows, progress)


def rehearse(live: Live, prepared: Prepared, journal: Journal) -> None:
    """Let the server say of every change whether it would take it; nothing is changed.

    Raises:
        ClusterError: It would refuse one.
    """
    run = Run(live, journal, prepared.place.name, UNDO, lambda _: None)
    for action in prepared.actions:
        _made(run, prepared, action, dry=True)


def execute(live: Live, journal: Journal, prepared: Prepared, here: dict[str, str], timeout: float, say: Say) -> None:
    """Take a step back, and wait for each workload that restarts.

    Args:
        live: The cluster.
        journal: The record.
        prepared: The step.
        here: Context, server and uid of the cluster.
        timeout: Seconds to wait for each workload.
        say: Prints a line.

    Raises:
        RefusedError: A field moved meanwhile, or a workload did not become ready.
        ClusterError: The server refused a change.
    """
    place = prepared.place
    journal.add("begin", step=place.name, verb=UNDO, **here)
    run = Run(live, journal, place.name, UNDO, say)
    with told(run):
        for action in prepared.actions:
            _one(run, prepared, action, timeout)
    journal.add("end", step=place.name, verb=UNDO)


def _one(run: Run, prepared: Prepared, action: Action, timeout: float) -> None:
    """Take one change back, and wait for the workload that it restarts."""
    changed = _made(run, prepared, action)
    run.say(f"{_past(action) if changed else 'stands already':15}{action.ref}")
    if action.rollout and changed:
        again = f"meshplan undo -d {prepared.progress.rollout.folder} --step {prepared.place.name}"
        text = wait(run.live, action.ref, timeout, f"look at its pods; go on with: {again}")
        run.note("ready", action, text=text)
        run.say(f"{'ready':15}{action.ref}: {text}")


def _made(run: Run, prepared: Prepared, action: Action, *, dry: bool = False) -> bool:
    written = prepared.progress.written(prepared.place).get(action.key, {})
    return make(run, action, [change.new for change in action.changes], written, dry=dry)


def _past(action: Action) -> str:
    return {"create": "removed", "patch": "restored", "restart": "restarted"}[action.verb]
