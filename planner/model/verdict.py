"""What happens to one flow at one moment of the rollout, and how that changes from moment to moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from planner.model.note import Note

VERDICTS = ("mtls", "hbone", "tls", "plaintext", "bypass", "unknown", "policy-lost", "broken")
"""From best to worst; where a call may go either way, the worse one is told."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one flow.

    Attributes:
        verdict: One of `VERDICTS`.
        rule: Key of the rule that decided.
        reason: The rule in words.
        missing: The fact that would decide, where the verdict is `unknown`.
        learn: How that fact can be had, in words.
        by: The object that decides, `DestinationRule shop/cart`, or an empty string.
    """

    verdict: str
    rule: str
    reason: str
    missing: str = ""
    learn: str = ""
    by: str = ""

    @property
    def works(self) -> bool:
        """Whether the call is answered and keeps its rules; `unknown` is not known to."""
        return self.verdict not in ("broken", "policy-lost", "unknown")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment between two moves: a step is done and the next has not begun.

    Attributes:
        number: Position in time; 0 is today.
        phase: Index of the phase, None for today.
        step: Name of the step that was done last, empty for today and for a phase without steps.
        title: What that step did.
        ends_phase: Whether the phase is done, or all of it taken back.
        back: Whether the step was taken back.
        during: Whether the step is not done yet: its changes are made, and its pods are being replaced.
    """

    number: int
    phase: int | None
    step: str
    title: str
    ends_phase: bool
    back: bool = False
    during: bool = False


@dataclass(frozen=True, eq=False)
class Simulation:
    """The verdict of every flow at every moment.

    Attributes:
        moments: In order; the first is today.
        lives: For each flow the moments at which its verdict changed, today first, by the id of the flow.
        notes: What was assumed or left out.
    """

    moments: tuple[Moment, ...]
    lives: Mapping[str, tuple[tuple[int, Verdict], ...]]
    notes: tuple[Note, ...] = ()

    def at(self, flow: str, moment: int) -> Verdict:
        """Give the verdict that holds at a moment."""
        return next(verdict for number, verdict in reversed(self.lives[flow]) if number <= moment)

    def phase_ends(self) -> tuple[Moment, ...]:
        """Give the last moment of every phase."""
        return tuple(moment for moment in self.moments if moment.ends_phase and not moment.back)

    def changes(self, moment: int) -> Iterator[tuple[str, Verdict, Verdict]]:
        """Yield the flows whose verdict a moment changes: id, before, after."""
        yield from self._changed.get(moment, ())

    def counts(self, moment: int) -> dict[str, int]:
        """Count the verdicts that hold at a moment, sorted by name."""
        return dict(self._counted[moment])

    @cached_property
    def _changed(self) -> Mapping[int, list[tuple[str, Verdict, Verdict]]]:
        found: dict[int, list[tuple[str, Verdict, Verdict]]] = defaultdict(list)
        for flow, life in self.lives.items():
            for (_, before), (number, after) in pairwise(life):
                found[number].append((flow, before, after))
        return found

    @cached_property
    def _counted(self) -> tuple[dict[str, int], ...]:
        """Counts at every moment, each from the one before and what changed."""
        now = Counter(life[0][1].verdict for life in self.lives.values())
        found = []
        for moment in self.moments:
            for _, before, after in self.changes(moment.number):
                now[before.verdict] -= 1
                now[after.verdict] += 1
            found.append({verdict: number for verdict, number in sorted(now.items()) if number})
        return tuple(found)
