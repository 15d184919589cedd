"""The hard rules of an order, in one place: an orderer asks, a test asks, the explanation asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from planner.plan.problem import Problem


class HardRules:
    """Says whether a placement keeps what must be kept."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._group_of = {item: group for group in problem.groups for item in group}

    def together(self, item: int) -> tuple[int, ...]:
        """Return the items that move with one item, itself included."""
        return self._group_of.get(item, (item,))

    def broken(self, phase: Sequence[int]) -> tuple[str, ...]:
        """Name every rule that a whole placement breaks, in words; empty for a correct one."""
        found = [text for index in range(len(phase)) if (text := self._own(index, phase[index]))]
        found += [
            f"{self._name(a)} and {self._name(b)} must move together"
            for group in self._problem.groups
            for a, b in pairwise(group)
            if phase[a] != phase[b]
        ]
        found += [
            f"{self._name(earlier)} must come before {self._name(later)}"
            for earlier, later in self._problem.after
            if phase[earlier] >= phase[later]
        ]
        for index in sorted(set(phase)):
            found.extend(self._over(index, phase))
        return tuple(found)

    def fits(self, items: Sequence[int], target: int, phase: Sequence[int]) -> str:
        """Say why some items cannot stand in a phase while the others stay, or nothing.

        Args:
            items: Items that move; -1 in `phase` marks an item that is not placed yet.
            target: The phase asked for.
            phase: Phases of all items.
        """
        for item in items:
            own = self._own(item, target)
            if own:
                return own
        moved = list(phase)
        for item in items:
            moved[item] = target
        for earlier, later in self._problem.after:
            if (
                {earlier, later} & set(items)
                and -1 not in (moved[earlier], moved[later])
                and moved[earlier] >= moved[later]
            ):
                return f"{self._name(earlier)} must come before {self._name(later)}"
        return next(iter(self._over(target, moved)), "")

    def _name(self, item: int) -> str:
        return self._problem.items[item].unit.name

    def _own(self, item: int, target: int) -> str:
        known = self._problem.items[item]
        if target not in known.allowed:
            return f"{known.unit.name} is pinned elsewhere"
        return ""

    def _over(self, index: int, phase: Sequence[int]) -> list[str]:
        inside = [item for item, where in enumerate(phase) if where == index]
        namespaces = Counter(self._problem.items[item].unit.namespace for item in inside)
        load = sum(self._problem.items[item].load for item in inside)
        found = []
        if len(namespaces) > self._problem.capacity[index]:
            found.append(f"phase {index + 1} is full ({self._problem.capacity[index]} namespaces)")
        if self._problem.load_capacity and load > self._problem.load_capacity and len(inside) > 1:
            found.append(f"phase {index + 1} would restart {load} workloads (limit {self._problem.load_capacity})")
        return found
