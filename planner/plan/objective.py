"""What an order costs, in average weeks, term by term.

With one week per phase, T[k] = k. For calls u→v of weight f:

- `plaintext in`: f · weeks in which v is in the mesh and u is not yet (its calls arrive as plaintext);
- `plaintext out`: ½ f · weeks in which u is in and v is not yet (its calls leave as plaintext);
- `permissive`: weeks a unit must stay PERMISSIVE after it joined, until its last caller joins, by value;
- `waiting`: ¼ · weeks until a unit joins, by value;
- `risk`: ¾ · weeks of the whole rollout · risk of a unit · how little the team has learnt by then.

Each term is a weighted mean, so it reads as a number of weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from planner.plan.problem import Problem

WEIGHTS = {"plaintext in": 1.0, "plaintext out": 0.5, "permissive": 1.0, "waiting": 0.25, "risk": 0.75}


class Objective:
    """Evaluates placements of one problem; phases are counted from 0 and take one week each."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.callers: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self.callees: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (source, target), weight in sorted(problem.calls.items()):
            self.callers[target].append((source, weight))
            self.callees[source].append((target, weight))
        half_life = max(problem.phases / 4, 1e-9)
        self.learn = tuple(0.5 ** (k / half_life) for k in range(problem.phases))

    def terms(self, phase: Sequence[int]) -> dict[str, float]:
        """Return every term of a placement, weighted."""
        total = dict.fromkeys(WEIGHTS, 0.0)
        for item in range(len(phase)):
            for name, cost in self.share(item, phase).items():
                total[name] += cost
        return total

    def value(self, phase: Sequence[int]) -> float:
        """Return the sum of all terms."""
        return sum(self.terms(phase).values())

    def share(self, item: int, phase: Sequence[int]) -> dict[str, float]:
        """Return the part of each term that belongs to one item: its own terms and the calls it receives."""
        here, own = phase[item], self._problem.items[item]
        inward = outward = 0.0
        last = here
        for caller, weight in self.callers.get(item, ()):
            at = phase[caller]
            last = max(last, at)
            if at > here:
                inward += weight * (at - here)
            else:
                outward += weight * (here - at)
        return {
            "plaintext in": WEIGHTS["plaintext in"] * inward,
            "plaintext out": WEIGHTS["plaintext out"] * outward,
            "permissive": WEIGHTS["permissive"] * own.value * max(0, last - here),
            "waiting": WEIGHTS["waiting"] * own.value * (here + 1),
            "risk": WEIGHTS["risk"] * self._problem.phases * own.risk * self.learn[here],
        }

    def around(self, items: Sequence[int], phase: Sequence[int]) -> float:
        """Return the cost of everything that moving these items can change."""
        return sum(self.terms_around(items, phase).values())

    def terms_around(self, items: Sequence[int], phase: Sequence[int]) -> dict[str, float]:
        """Return, term by term, the cost of everything that moving these items can change."""
        touched = set(items)
        for item in items:
            touched.update(target for target, _ in self.callees.get(item, ()))
        total = dict.fromkeys(WEIGHTS, 0.0)
        for item in sorted(touched):
            for name, cost in self.share(item, phase).items():
                total[name] += cost
        return total
