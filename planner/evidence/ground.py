"""Why a flow is believed: a named reason and its weight.

The weights are fitted to flows with a known truth: `planner.evidence.weights`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from planner.evidence.weights import WEIGHTS


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason to believe in a flow, or a mark on one.

    Attributes:
        name: What it is, for a person and for the table of weights.
    """

    name: str

    @property
    def weight(self) -> float:
        """Log-odds."""
        return WEIGHTS[self.name]

    @property
    def sure(self) -> float:
        """0–1, how likely evidence on this ground alone means that the call is made."""
        return likelihood(self.weight)


def likelihood(log_odds: float) -> float:
    """Turn log-odds into a probability."""
    return 1.0 / (1.0 + math.exp(-log_odds))


def of_grounds(grounds: tuple[str, ...]) -> float:
    """Return how likely evidence with these grounds means that the call is made, to three digits."""
    return round(likelihood(sum(WEIGHTS[name] for name in grounds)), 3)
