"""A first correct order: the least risky first, then shifts and swaps while they pay.

Deterministic: items are tried in a fixed order and ties fall to the smaller name. It keeps every hard
rule of `planner.plan.rules` at every moment; it does not claim to be the best order.
"""

from __future__ import annotations

from planner.plan.marginal import Marginal
from planner.plan.objective import Objective
from planner.plan.problem import Placement, Problem
from planner.plan.rules import HardRules

METHOD = "first fit by risk, then local search"
_SWEEPS = 8
_EPSILON = 1e-9


def first_order(problem: Problem) -> Placement:
    """Place every item; an item that fits nowhere is returned as unplaced with the reason."""
    return _Search(problem).run()


class _Search:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rules = HardRules(problem)
        self.cost = Objective(problem)
        self.phase = [-1] * len(problem.items)
        self.blocks = sorted({self.rules.together(item) for item in range(len(problem.items))})

    def run(self) -> Placement:
        unplaced: dict[int, str] = {}
        for block in sorted(self.blocks, key=self._urgency):
            reason = self._place(block)
            if reason:
                unplaced.update(dict.fromkeys(block, reason))
        placed = [block for block in self.blocks if block[0] not in unplaced]
        for item in unplaced:
            self.phase[item] = self.problem.phases - 1
        self.marginal = Marginal(self.problem, self.cost, self.phase)
        for _ in range(_SWEEPS):
            shifted = [self._shift(block) for block in placed]
            if not any((*shifted, self._swap_all(placed))):
                break
        return Placement(tuple(self.phase), METHOD, unplaced)

    def _urgency(self, block: tuple[int, ...]) -> tuple[int, int, bool, float, tuple[int, ...]]:
        """Place what has the fewest choices first, then what suits a canary, then the least risky."""
        items = [self.problem.items[item] for item in block]
        choices = min(len(item.allowed) for item in items)
        wave = max(item.unit.wave for item in items)
        return choices, wave, not all(item.first_phase for item in items), sum(item.risk for item in items), block

    def _place(self, block: tuple[int, ...]) -> str:
        """Put a block into the first phase that can hold it; return why not."""
        reason = ""
        for target in range(self.problem.phases):
            why = self.rules.fits(block, target, self.phase)
            if not why:
                self._move(block, target)
                return ""
            reason = reason or why
        return reason

    def _move(self, block: tuple[int, ...], target: int) -> None:
        for item in block:
            self.phase[item] = target

    def _settle(self, block: tuple[int, ...], target: int) -> None:
        """Move for good, and let the table of costs know."""
        self._move(block, target)
        for item in block:
            self.marginal.moved(item)

    def _costs(self, block: tuple[int, ...]) -> list[float]:
        """Return what a block would cost in every phase."""
        if len(block) == 1:
            return self.marginal.costs(block[0])
        start, found = self.phase[block[0]], []
        for target in range(self.problem.phases):
            self._move(block, target)
            found.append(self.cost.around(block, self.phase))
        self._move(block, start)
        return found

    def _shift(self, block: tuple[int, ...]) -> bool:
        """Move one block to the phase that costs least; say whether it moved."""
        start = self.phase[block[0]]
        if self._empties(block, start):
            return False
        costs = self._costs(block)
        for target in sorted(range(self.problem.phases), key=lambda k: (round(costs[k], 12), k)):
            if costs[target] >= costs[start] - _EPSILON:
                return False
            if not self.rules.fits(block, target, self.phase):
                self._settle(block, target)
                return True
        return False

    def _empties(self, block: tuple[int, ...], phase: int) -> bool:
        """Whether a phase would be left with nothing; a rollout that starts with nothing teaches nothing."""
        return sum(1 for where in self.phase if where == phase) <= len(block)

    def _swap_all(self, blocks: list[tuple[int, ...]]) -> bool:
        """Exchange blocks of neighbouring phases while that pays; farther moves come about in several sweeps.

        The sum of two single moves screens the pairs; what looks good is then priced exactly.
        """
        costs = {block: self._costs(block) for block in blocks}
        swapped = False
        for number, a in enumerate(blocks):
            for b in blocks[number + 1 :]:
                here, there = self.phase[a[0]], self.phase[b[0]]
                if abs(here - there) != 1:
                    continue
                estimate = costs[a][there] - costs[a][here] + costs[b][here] - costs[b][there]
                if estimate < -_EPSILON and self._swap(a, b):
                    swapped = True
                    costs[a], costs[b] = self._costs(a), self._costs(b)
        return swapped

    def _swap(self, a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        """Exchange the phases of two blocks when that is allowed and pays."""
        here, there = self.phase[a[0]], self.phase[b[0]]
        first = self._costs(a)
        self._settle(a, there)
        second = self._costs(b)
        self._settle(b, here)
        pays = first[there] - first[here] + second[here] - second[there] < -_EPSILON
        if pays and not self.rules.fits(a, there, self.phase) and not self.rules.fits(b, here, self.phase):
            return True
        self._settle(a, here)
        self._settle(b, there)
        return False
