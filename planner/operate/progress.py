"""What the record says: which cluster, which steps are done, what they wrote, and what was confirmed by whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.model.bundle import FieldPath, PhaseBundle
from planner.model.plan import Gate
from planner.model.refs import Ref
from planner.operate.record import Event
from planner.operate.rollout import Place, Rollout

APPLY, UNDO = "apply", "undo"


class State(StrEnum):
    """How far a step is, as the record knows it."""

    NOT_BEGUN = "not begun"
    HALF = "half done"
    DONE = "done"
    HALF_UNDONE = "half undone"
    UNDONE = "undone"


@dataclass(frozen=True)
class Progress:
    """The record of a rollout, read.

    Attributes:
        rollout: The rollout.
        events: Its record, in order.
    """

    rollout: Rollout
    events: tuple[Event, ...]

    @property
    def pin(self) -> Event:
        """Give the cluster that the rollout belongs to; empty where none was changed yet."""
        return next((event for event in self.events if event["event"] == "pin"), {})

    def state(self, place: Place) -> State:
        """Say how far a step is."""
        last = self.last(place)
        if not last:
            return State.NOT_BEGUN
        ended = last["event"] == "end"
        if last.get("verb") == UNDO:
            return State.UNDONE if ended else State.HALF_UNDONE
        return State.DONE if ended else State.HALF

    def last(self, place: Place) -> Event:
        """Give the last `begin` or `end` of a step; empty where there is none."""
        return next((e for e in reversed(self.events) if e["event"] in ("begin", "end") and _of(e, place)), {})

    def stands(self, place: Place) -> bool:
        """Whether a step changed something that was not taken back wholly."""
        return self.state(place) not in (State.NOT_BEGUN, State.UNDONE)

    def written(self, place: Place) -> Mapping[str, Event]:
        """Give what a step wrote since it was last taken back: the last intent, or else the answer, of each action."""
        found: dict[str, Event] = {}
        for event in self._since_undone(place):
            if event.get("verb") == APPLY and event["event"] in ("intent", "done", "present"):
                found[event["key"]] = {**found.get(event["key"], {}), **event}
        return found

    def _since_undone(self, place: Place) -> list[Event]:
        found: list[Event] = []
        for event in self.events:
            if _of(event, place):
                found.append(event)
                if event["event"] == "end" and event.get("verb") == UNDO:
                    found = []
        return found

    def confirmation(self, phase: PhaseBundle, gate: Gate) -> Event:
        """Give who confirmed a gate, or when it was seen to hold, since its step was applied; else empty."""
        name = f"{phase.folder}/{gate.id}"
        found: Event = {}
        for event in self.events:
            if event["event"] in ("confirm", "held") and event.get("gate") == name:
                found = event
            elif event["event"] == "end" and event.get("step") == f"{phase.folder}/{gate.after}":
                found = {}
        return found

    def standing(self, before: Place | None = None) -> dict[tuple[Ref, FieldPath], Any]:
        """Give the value that the steps done so far have left at each field, optionally only those before one."""
        found: dict[tuple[Ref, FieldPath], Any] = {}
        for place in self.rollout.places:
            if before is not None and place.name == before.name:
                break
            if self.stands(place):
                patches = place.step.patches
                found |= {(patch.ref, change.path): change.new for patch in patches for change in patch.changes}
        return found

    def following(self) -> Place | None:
        """Give the first step that is not done; None where all are."""
        return next((place for place in self.rollout.places if self.state(place) is not State.DONE), None)


def required(rollout: Rollout, place: Place) -> Iterable[tuple[PhaseBundle, Gate]]:
    """Yield the gates that must hold before a step: those of earlier phases, and of what comes before it in its own."""
    for phase in rollout.phases:
        if phase.folder == place.phase.folder:
            names = [step.name for step in phase.steps]
            earlier = ("", *names[: names.index(place.step.name)])
            yield from ((phase, gate) for gate in phase.gates if gate.after in earlier)
            return
        yield from ((phase, gate) for gate in phase.gates)


def _of(event: Event, place: Place) -> bool:
    return bool(event.get("step") == place.name)
