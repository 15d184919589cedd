"""How many namespaces each phase may hold: a canary phase, then a ramp to a plateau."""

from __future__ import annotations

import math
from collections.abc import Sequence

_RAMP = 1.8
_START = 0.15


def capacities(
    units: int, largest: int, least_phases: int, loads: Sequence[int] = (), most: int = 0
) -> tuple[int, ...]:
    """Return the capacity of each phase, as few phases as hold all units.

    Args:
        units: Number of namespaces to place.
        largest: Largest number in one phase; 0 lets the square root of all (at least two) be the plateau, so
            that a rollout and its phases grow alike.
        least_phases: Phases that there must be at least, because somebody pinned a unit there.
        loads: Workloads of each unit; waves of one namespace one after the other.
        most: Largest number of workloads in one phase; 0 for no limit.

    Returns:
        One number per phase; the first is a canary, the later ones grow to the plateau.
    """
    plateau = largest or max(2, math.ceil(math.sqrt(units)))
    found: list[int] = []
    while sum(found) < units or len(found) < least_phases or (most and not _holds(found, loads, most)):
        share = min(1.0, _START * _RAMP ** (len(found) + 1))
        found.append(max(1, math.ceil(plateau * share)))
    return tuple(found)


def _holds(capacity: Sequence[int], loads: Sequence[int], most: int) -> bool:
    """Whether the units fit one after the other; one that is larger than the limit has a phase to itself."""
    phase, count, load = 0, 0, 0
    for own in loads:
        while phase < len(capacity) and (count >= capacity[phase] or (count and load + own > most)):
            phase, count, load = phase + 1, 0, 0
        if phase == len(capacity):
            return False
        count, load = count + 1, load + own
    return True
