"""The gates before a step: which there are, who says that they hold, and the refusal while one is open."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence

from planner.errors import UsageError
from planner.operate import gates
from planner.operate.gates import Answer, Word
from planner.operate.live import Live
from planner.operate.progress import Progress, required
from planner.operate.record import Journal
from planner.operate.refusal import RefusedError
from planner.operate.rollout import Place

Confirmed = Callable[[Answer], bool]
"""Asks a person whether a gate holds."""


def before(live: Live, progress: Progress, place: Place) -> tuple[Answer, ...]:
    """Find out about every gate that stands before a step."""
    return tuple(gates.answer(live, progress, phase, gate) for phase, gate in required(progress.rollout, place))


def confirm(journal: Journal, answers: Sequence[Answer], named: Iterable[str], ask: Confirmed) -> tuple[Answer, ...]:
    """Record what a person confirms, and return the gates that stay open.

    A gate that was looked at and does not hold is only passed by its name (`--confirm`), never by an answer.

    Args:
        journal: The record.
        answers: Gates before the step.
        named: Ids given on the command line, with or without the phase.
        ask: Asks about one gate.

    Raises:
        UsageError: There is no such gate, or the id fits several.
    """
    given = [_one(answers, name).name for name in named]
    left = []
    for item in answers:
        yes = item.open and (item.name in given or (item.word is Word.UNCHECKED and ask(item)))
        if yes:
            journal.add("confirm", gate=item.name, text=item.gate.text, seen=item.word.value, because=item.text)
        elif item.open:
            left.append(item)
    return tuple(left)


def _one(answers: Sequence[Answer], name: str) -> Answer:
    fits = [item for item in answers if name in (item.name, item.gate.id)]
    still = [item for item in fits if item.open] or fits[-1:]
    if len(still) == 1:
        return still[0]
    known = ", ".join(item.name for item in (still or gates.opened(answers))) or "none is open"
    what = "several gates have this id" if still else "no gate before this step has this id"
    raise UsageError(f"--confirm {name}: {what}", f"one of: {known}", "rollout")


def refuse_open(place: Place, left: Sequence[Answer]) -> None:
    """Refuse a step while a gate before it is open.

    Raises:
        RefusedError: It names each gate, what is known of it, and how to see it.
    """
    if not left:
        return
    lines = [f"{place.name} waits for {len(left)} gate{'' if len(left) == 1 else 's'}; nothing was changed:"]
    for item in left:
        lines.extend(_folded(f"  {item.word}: {item.name}: {item.gate.text}"))
        if item.text and item.text != f"see: {item.gate.command}":
            lines.extend(_folded(f"      {item.text}"))
        if item.gate.command:
            lines.append(f"      {item.gate.command}")
    hint = f"look, then say so: meshplan apply … --confirm {left[0].gate.id} (one --confirm for each)"
    raise RefusedError("\n".join(lines), hint, "rollout")


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, 80, subsequent_indent=" " * 6, break_on_hyphens=False, break_long_words=False)
