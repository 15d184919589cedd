"""How many namespaces each phase may hold: a canary phase, then a ramp to a plateau."""

from __future__ import annotations

import math

_RAMP = 1.8
_START = 0.15


def capacities(units: int, largest: int, least_phases: int) -> tuple[int, ...]:
    """Return the capacity of each phase, as few phases as hold all units.

    Args:
        units: Number of namespaces to place.
        largest: Largest number in one phase; 0 lets the square root of all (at least two) be the plateau, so
            that a rollout and its phases grow alike.
        least_phases: Phases that there must be at least, because somebody pinned a unit there.

    Returns:
        One number per phase; the first is a canary, the later ones grow to the plateau.
    """
    plateau = largest or max(2, math.ceil(math.sqrt(units)))
    found: list[int] = []
    while sum(found) < units or len(found) < least_phases:
        share = min(1.0, _START * _RAMP ** (len(found) + 1))
        found.append(max(1, math.ceil(plateau * share)))
    return tuple(found)
