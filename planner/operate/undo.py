"""Take steps back, in the order in which their phase is taken back: the label goes before the pods restart."""

from __future__ import annotations

from planner.model.bundle import PhaseBundle
from planner.operate.actions import back
from planner.operate.live import Live
from planner.operate.preflight import refuse, undo_rows
from planner.operate.prepared import Prepared
from planner.operate.progress import UNDO, Progress
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Place

_LOOK = "look who changed it; put the step's value back, or take the rest back by hand with undo.sh"


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
    found = progress.rollout.chosen(phase, step)
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
    return Prepared(UNDO, place, actions, rows, progress)
