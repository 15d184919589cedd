"""Whether confidences are honest: of the flows reported at 0.8, are eight of ten right?

Source: G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950);
A. H. Murphy, "A new vector partition of the probability score", J. Appl. Meteorology 12 (1973), for the table.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

Scored = tuple[float, bool]
"""A confidence, and whether the flow is real."""

EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Bounds of the bins; narrow where most flows lie."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Flows of about the same confidence.

    Attributes:
        low: Lower bound.
        high: Upper bound.
        number: How many.
        said: Mean confidence.
        right: Share that is real.
        margin: Half the width of the 95 % interval of `right` (Wilson).
    """

    low: float
    high: float
    number: int
    said: float
    right: float
    margin: float


def table(scored: Sequence[Scored]) -> list[Bin]:
    """Return the bins that hold anything."""
    bins: list[list[Scored]] = [[] for _ in EDGES[1:]]
    for item in scored:
        bins[min(bisect.bisect_right(EDGES, item[0]), len(bins)) - 1].append(item)
    return [_bin(EDGES[n], EDGES[n + 1], items) for n, items in enumerate(bins) if items]


def _bin(low: float, high: float, items: list[Scored]) -> Bin:
    number = len(items)
    right = sum(good for _, good in items) / number
    z = 1.96
    margin = z / (1 + z * z / number) * math.sqrt(right * (1 - right) / number + z * z / (4 * number * number))
    return Bin(low, high, number, sum(sure for sure, _ in items) / number, right, margin)


def brier(scored: Sequence[Scored]) -> float:
    """Mean squared distance of confidence and truth; 0 is perfect. 0 where nothing is scored."""
    return sum((sure - good) ** 2 for sure, good in scored) / len(scored) if scored else 0.0


def brier_of_constant(scored: Sequence[Scored], others: Sequence[Scored] | None = None) -> float:
    """Brier score of one confidence for all: the share of real flows among `others` (by default the same flows)."""
    base = scored if others is None else others
    share = sum(good for _, good in base) / len(base) if base else 0.5
    return brier([(share, good) for _, good in scored])


def error(scored: Sequence[Scored]) -> float:
    """Mean distance between what was said and what was right, over the bins (expected calibration error)."""
    return sum(b.number * abs(b.said - b.right) for b in table(scored)) / len(scored) if scored else 0.0
