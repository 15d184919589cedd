"""How far a rollout is: per phase and step, with who and when, and what to type next."""

from __future__ import annotations

from dataclasses import dataclass

from planner.operate.gates import Word
from planner.operate.live import Live
from planner.operate.progress import APPLY, Progress, State
from planner.operate.rollout import Place
from planner.operate.verify import fields

DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Line:
    """One step.

    Attributes:
        phase: Folder of its phase.
        step: Its name.
        title: What it does.
        state: A `State`, or `drifted`.
        who: Person who did it last, or an empty string.
        when: Time of that.
        text: First thing that drifted, or an empty string.
    """

    phase: str
    step: str
    title: str
    state: str
    who: str = ""
    when: str = ""
    text: str = ""


def lines(progress: Progress, live: Live | None) -> tuple[Line, ...]:
    """Say of each step how far it is.

    Args:
        progress: The record.
        live: The cluster, to see whether what was done still stands; None looks at the record alone.

    Raises:
        ClusterError: The cluster cannot be read.
    """
    return tuple(_line(progress, place, live) for place in progress.rollout.places)


def _line(progress: Progress, place: Place, live: Live | None) -> Line:
    state, last = progress.state(place), progress.last(place)
    word, text = str(state), ""
    if live is not None and state is State.DONE:
        bad = next((check for check in fields(live, progress, place) if check.word is Word.FAILS), None)
        if bad:
            word, text = DRIFTED, f"{bad.what}: {bad.text}"
    who, when = str(last.get("user", "")), str(last.get("time", ""))
    return Line(place.phase.folder, place.step.name, place.step.title, word, who, when, text)


def next_command(progress: Progress) -> str:
    """Give the command to type next; empty where everything is done."""
    place = progress.following()
    if place is None:
        return ""
    folder = progress.rollout.folder
    half = progress.state(place)
    if half is State.HALF_UNDONE:
        return f"meshplan undo -d {folder} --step {place.name}"
    last = progress.last(place)
    again = " (goes on where it stopped)" if half is State.HALF and last.get("verb") == APPLY else ""
    return f"meshplan apply -d {folder} --step {place.name}{again}"
