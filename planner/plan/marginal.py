"""What one item would cost in every phase, kept cheap while items move.

The terms are those of `planner.plan.objective`; a test holds both against each other. The only state is,
for every item, its two latest callers, so that "everybody but me" is answered without a look at all of them.
"""

from __future__ import annotations

from planner.plan.objective import WEIGHTS, Objective
from planner.plan.problem import Problem

_NOBODY = (-1, -1, -1)


class Marginal:
    """Costs of single items against the present phases.

    Args:
        problem: The problem.
        objective: Its objective.
        phase: Phases of all items; shared with the search, which tells of every move by `moved`.
    """

    def __init__(self, problem: Problem, objective: Objective, phase: list[int]) -> None:
        self._problem = problem
        self._objective = objective
        self._phase = phase
        self._latest = [self._two_latest(item) for item in range(len(problem.items))]

    def moved(self, item: int) -> None:
        """Take note that an item has another phase now."""
        for callee, _ in self._objective.callees.get(item, ()):
            self._latest[callee] = self._two_latest(callee)

    def _two_latest(self, item: int) -> tuple[int, int, int]:
        """Return (latest caller's phase, that caller, phase of the latest other caller)."""
        first, who, second = _NOBODY
        for caller, _ in self._objective.callers.get(item, ()):
            at = self._phase[caller]
            if at > first:
                first, who, second = at, caller, first
            elif at > second:
                second = at
        return first, who, second

    def costs(self, item: int) -> list[float]:
        """Return what depends on the phase of an item, for every phase it might have."""
        phases = range(self._problem.phases)
        found = [self._alone(item, k) for k in phases]
        for caller, weight in self._objective.callers.get(item, ()):
            self._add_call(found, weight, self._phase[caller], outgoing=False)
        for callee, weight in self._objective.callees.get(item, ()):
            there = self._phase[callee]
            self._add_call(found, weight, there, outgoing=True)
            latest, who, second = self._latest[callee]
            other = second if who == item else latest
            value = WEIGHTS["permissive"] * self._problem.items[callee].value
            for k in phases:
                last = max(other, k)
                if last > there:
                    found[k] += value * (last - there)
        return found

    def _alone(self, item: int, k: int) -> float:
        own = self._problem.items[item]
        latest = self._latest[item][0]
        permissive: float = WEIGHTS["permissive"] * own.value * max(0, latest - k)
        risk: float = WEIGHTS["risk"] * self._problem.phases * own.risk * self._objective.learn[k]
        return permissive + WEIGHTS["waiting"] * own.value * (k + 1) + risk

    @staticmethod
    def _add_call(found: list[float], weight: float, other: int, *, outgoing: bool) -> None:
        """Add one call to all phases: `other` is the phase of its other end."""
        earlier = WEIGHTS["plaintext out" if outgoing else "plaintext in"] * weight
        later = WEIGHTS["plaintext in" if outgoing else "plaintext out"] * weight
        for k in range(len(found)):
            found[k] += earlier * (other - k) if k < other else later * (k - other)
