"""The ordering problem as plain numbers: what an orderer is given, and what it gives back.

The full planner replaces the search behind `Orderer` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from planner.model.plan import Unit


@dataclass(frozen=True, slots=True)
class Item:
    """One unit to place.

    Attributes:
        unit: The unit.
        risk: Share of all risk, 0–1; the shares sum to 1.
        value: Share of all value, 0–1: what waits while the unit waits.
        load: Number of workloads to restart.
        allowed: Phases it may stand in, counted from 0.
        first_phase: Whether it may stand in the first phase.
        why_risk: What the risk is made of, in words.
    """

    unit: Unit
    risk: float
    value: float
    load: int
    allowed: tuple[int, ...]
    first_phase: bool
    why_risk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything an orderer may know.

    Attributes:
        items: Units, sorted by name.
        calls: Weight of the calls from one item to another (indexes into `items`); the weights sum to 1.
        groups: Sets of items that move together.
        after: Pairs (earlier, later) that must not stand in one phase or the wrong way round.
        phases: Number of phases.
        capacity: Largest number of namespaces in each phase.
        load_capacity: Largest number of workloads in each phase; 0 for no limit.
    """

    items: tuple[Item, ...]
    calls: Mapping[tuple[int, int], float]
    groups: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, int], ...]
    phases: int
    capacity: tuple[int, ...]
    load_capacity: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """What an orderer gives back.

    Attributes:
        phase: Phase of each item, counted from 0, in the order of `Problem.items`.
        method: Name of the method, for the report.
        unplaced: Items that no phase could hold, with the reason.
    """

    phase: tuple[int, ...]
    method: str
    unplaced: Mapping[int, str]


class Orderer(Protocol):
    """Places the items of a problem in phases; the same problem always gives the same placement."""

    def __call__(self, problem: Problem) -> Placement:
        """Place every item that can be placed."""
        ...
