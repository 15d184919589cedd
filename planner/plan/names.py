"""Names of phases."""

from __future__ import annotations

from collections.abc import Sequence

from planner.model.plan import Unit

PREPARE, CLOSE = "prepare", "close"
_LONGEST = 32


def phase_name(where: int, units: Sequence[Unit]) -> str:
    """Name a phase: the first is the canary, the others are named for their units.

    Args:
        where: Phase counted from 0.
        units: Its units.
    """
    if where == 0:
        return "canary"
    words = [f"{unit.namespace}-wave-{unit.wave}" if unit.wave else unit.namespace for unit in units]
    name = "-".join(words)
    if len(name) <= _LONGEST or len(words) == 1:
        return name
    return f"{words[0]}-and-{len(words) - 1}-more"
