"""Why a flow is believed: a named reason and its weight.

The weights are fitted to flows with a known truth: `planner.evidence.weights`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
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
    def sure(self) -> float:
        """0–1, how likely evidence on this ground alone means that the call is made."""
        return likelihood(log_odds((self.name,)))


def likelihood(log_odds: float) -> float:
    """Turn log-odds into a probability."""
    return 1.0 / (1.0 + math.exp(-log_odds))


CEILINGS: Mapping[str, float] = {
    "the caller's own Service": -0.4,
    "in a list of everybody's addresses": -0.2,
    "let through by a NetworkPolicy": -0.2,
    "outside, and its controller was not read": -0.1,
    "a name of an unusual form": 0.0,
    "a name that nothing read answers to": 0.4,
    "under a key for public names": 0.95,
    "in variables that others are given too": 1.1,
    "an address that nothing read owns": 1.1,
}
"""What evidence with this ground or mark weighs at most, in log-odds: decisions that no fit may overturn.

A policy allows and does not call, a list of everybody's addresses is nobody's choice, a name that nothing answers to
may be wrong. Corpora hold few of these, or count them for nobody, so their weights alone would say too much.
"""


def log_odds(grounds: Iterable[str], weights: Mapping[str, float] = WEIGHTS) -> float:
    """Return what evidence with these grounds weighs: their sum, below every ceiling."""
    names = tuple(grounds)
    return min([sum(weights[name] for name in names), *(CEILINGS[name] for name in names if name in CEILINGS)])


def of_grounds(grounds: tuple[str, ...]) -> float:
    """Return how likely evidence with these grounds means that the call is made, to three digits."""
    return round(likelihood(log_odds(grounds)), 3)
