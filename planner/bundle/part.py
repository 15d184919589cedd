"""What one concern adds to a step, and how parts become steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.model.bundle import Created, Patch, Rollout, StepBundle
from planner.model.note import Note, NoteKind
from planner.model.refs import Ref


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some contents of one step, with what had to be left out."""

    created: tuple[Created, ...] = ()
    patches: tuple[Patch, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    manual: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    unchecked: tuple[str, ...] = ()
    back: tuple[tuple[str, str], ...] = ()
    """Sentence of `manual` and how to take it back; an empty way back where there is nothing to take back."""

    def __add__(self, other: Part) -> Part:
        """Put another part behind this one."""
        return Part(
            self.created + other.created,
            self.patches + other.patches,
            self.rollouts + other.rollouts,
            self.manual + other.manual,
            self.notes + other.notes,
            self.unchecked + other.unchecked,
            self.back + other.back,
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do; notes do not count."""
        return not (self.created or self.patches or self.rollouts or self.manual or self.unchecked)


def together(parts: Iterable[Part]) -> Part:
    """Put parts behind each other."""
    return sum(parts, Part())


def step(name: str, title: str, why: str, part: Part) -> StepBundle:
    """Make a step of a part; sentences that came twice are kept once."""
    return StepBundle(
        name=name,
        title=title,
        why=why,
        created=part.created,
        patches=part.patches,
        restarts=tuple(item.ref for item in part.rollouts if not item.by_patch),
        manual=tuple(dict.fromkeys(part.manual)),
        rollouts=part.rollouts,
        back=_ways_back(part),
        unchecked=tuple(dict.fromkeys(part.unchecked)),
    )


def _ways_back(part: Part) -> tuple[str, ...]:
    """Say for each sentence of manual work how it is taken back."""
    known = dict(part.back)
    found = (known.get(sentence, _restore(sentence)) for sentence in part.manual)
    return tuple(dict.fromkeys(filter(None, found)))


def _restore(sentence: str) -> str:
    return f"put back what stood there before, if this was done: {sentence}"


def by_hand(sentence: str, back: str = "") -> Part:
    """Ask a person to do something, and say how it is taken back; empty where nothing is to be taken back."""
    return Part(manual=(sentence,), back=((sentence, back),))


def left_out(ref: Ref, message: str, hint: str = "") -> Note:
    """Note something that was not done on purpose."""
    return Note(NoteKind.SKIPPED, message, subject=str(ref), hint=hint)
