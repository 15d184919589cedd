"""The design of a made-up company from its size and seed."""

from __future__ import annotations

import random

from benchmarks.calls import draw_calls
from benchmarks.inhabitants import name_places, settle
from benchmarks.topology import LAYERS, Company, Size, TooSmallError


def design(size: Size) -> Company:
    """Design a company.

    Raises:
        TooSmallError: Fewer than 6 namespaces, fewer than two Services for each, or more flows than pairs.
    """
    if size.namespaces < len(LAYERS) + 1 or size.services < 2 * size.namespaces:
        raise TooSmallError("a company needs 6 namespaces and two services for each of them")
    if not 0 <= size.code_only <= 1:
        raise TooSmallError("the share of code-only flows lies between 0 and 1")
    dice = random.Random(size.seed)
    places = name_places(size, dice)
    programs = settle(size, places, dice)
    calls = draw_calls(size, programs, dice)
    doors = [p for p in programs if p.layer <= 1 and p.speaks == "http"]
    return Company(size, places, programs, calls, tuple(dice.choices(doors, k=size.ingresses)))
