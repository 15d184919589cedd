"""Whether steps that were applied still hold. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.bundle.patching import path_text
from planner.model.bundle import Change
from planner.model.refs import Ref
from planner.operate import gates
from planner.operate.actions import forth
from planner.operate.gates import Answer, Finding, Word
from planner.operate.live import Live
from planner.operate.progress import Progress
from planner.operate.record import Event
from planner.operate.rollout import Place
from planner.operate.values import at, content, difference, put, same, shown


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        step: `01-canary/20-label`.
        what: The object, the field or the gate.
        word: What is known.
        text: Why, or by whom.
    """

    step: str
    what: str
    word: Word
    text: str = ""


def verify(live: Live, progress: Progress, place: Place) -> tuple[Check, ...]:
    """Look at the fields, the objects, the workloads and the gates of one step.

    Raises:
        ClusterError: The cluster cannot be read.
    """
    found = list(fields(live, progress, place))
    for holds, text in gates.ready_with_proxy(live, place.step):
        subject, _, said = text.partition(": ")
        found.append(Check(place.name, subject, _word(holds), said))
    found.extend(_gate(place, answer) for answer in _gates(live, progress, place))
    return tuple(found)


def fields(live: Live, progress: Progress, place: Place) -> Iterator[Check]:
    """Look at what a step created and patched; what a later step changed again must be what that one set."""
    standing, written = progress.standing(), progress.written(place)
    for action in forth(place.step):
        if action.created:
            raw = live.get(action.api_version, action.ref)
            holds, text = _object(raw, action.ref, action.created.body, written.get(action.key, {}), progress)
            yield Check(place.name, str(action.ref), _word(holds), text)
        elif action.patch:
            raw = live.get(action.api_version, action.ref)
            for change in action.changes:
                now, wanted = at(raw, change.path), standing.get((action.ref, change.path), change.new)
                text = shown(now) if same(now, wanted) else f"found {shown(now)}, not {shown(wanted)}"
                text = "the object does not exist" if raw is None else text
                what = f"{action.ref}: {path_text(change.path)}"
                yield Check(place.name, what, _word(same(now, wanted) and raw is not None), text)


def _object(raw: dict[str, object] | None, ref: Ref, body: object, event: Event, progress: Progress) -> Finding:
    if raw is None:
        return False, "the object does not exist"
    assert isinstance(body, dict)  # noqa: S101  # a body is an object
    later = [c for _, c in _later(ref, progress)]
    wanted = put(event.get("content") or content(body), later)
    where = difference(raw, body, wanted)
    if where:
        return False, f"it is another one, first at {where}"
    return True, "as a later step left it" if later else "as created"


def _later(ref: Ref, progress: Progress) -> Iterator[tuple[Place, Change]]:
    for place in progress.rollout.places:
        if progress.stands(place):
            yield from ((place, c) for patch in place.step.patches if patch.ref == ref for c in patch.changes)


def _gates(live: Live, progress: Progress, place: Place) -> Iterator[Answer]:
    for gate in place.phase.gates:
        if gate.after == place.step.name:
            yield gates.answer(live, progress, place.phase, gate, again=True)


def _gate(place: Place, answer: Answer) -> Check:
    text = answer.text
    if answer.word is Word.UNCHECKED:
        text = f"{answer.gate.text}; {answer.text or 'a person must look'}"
    return Check(place.name, f"gate {answer.gate.id}", answer.word, text)


def _word(holds: bool | None) -> Word:
    return {True: Word.HOLDS, False: Word.FAILS, None: Word.UNCHECKED}[holds]
