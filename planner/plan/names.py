"""Names of phases."""

from __future__ import annotations

from collections.abc import Sequence

from planner.model.plan import Unit

PREPARE, CLOSE = "prepare", "close"


def phase_name(where: int, units: Sequence[Unit]) -> str:
    """Name a phase: the first is the canary, a phase of one unit is named for it.

    Args:
        where: Phase counted from 0.
        units: Its units.
    """
    if where == 0:
        return "canary"
    if len(units) == 1:
        wave = f"-wave-{units[0].wave}" if units[0].wave else ""
        return f"{units[0].namespace}{wave}"
    return "and-".join((f"{units[0].namespace}-", f"{len(units) - 1}-more"))
