"""Fits the weights of evidence to flows with a known truth.

The likelihood is meshplan's own: evidence of one reader has the log-odds of its ground plus its marks, and readers
speak independently (1 - Π(1 - p)). Each weight is held to its prior by a normal distribution, so that a kind of
evidence seen twice moves little and one seen a hundred times moves as far as it must (maximum a posteriori).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from benchmarks.discovery.compare import Sample
from planner.evidence.ground import CEILINGS, likelihood, log_odds

SPREAD = 2.0
"""Standard deviation of the prior, in log-odds.

Wider ones score a little better on corpora in which hardly a flow is wrong; this one leaves room for the errors that a
system nobody has seen will show.
"""
_STEPS, _CEILING = 400, 0.99


def predicted(sample: Sample, weights: Mapping[str, float]) -> float:
    """Return the confidence of a sample under some weights, as `planner.evidence.merge.combined` joins it."""
    doubt = 1.0
    for grounds in sample.grounds:
        doubt *= 1.0 - likelihood(log_odds(grounds, weights))
    return min(_CEILING, 1.0 - doubt)


def fit(samples: Sequence[Sample], prior: Mapping[str, float]) -> dict[str, float]:
    """Return the fitted weights; every name of the prior has one."""
    weights = dict(prior)
    groups = Counter((sample.grounds, sample.right) for sample in samples)
    # An upper bound of each weight's curvature makes steps that never overshoot, whatever the number of samples.
    steepest = dict.fromkeys(prior, 1 / SPREAD**2)
    for (grounds, _), number in groups.items():
        for names in grounds:
            for name in names:
                steepest[name] += number * len(names) / 4
    for _ in range(_STEPS):
        slope = {name: (prior[name] - value) / SPREAD**2 for name, value in weights.items()}
        for (grounds, right), number in groups.items():
            _add_slope(slope, grounds, right, number, weights)
        for name, value in slope.items():
            weights[name] += value / steepest[name]
    return {name: round(value, 3) for name, value in weights.items()}


def _add_slope(
    slope: dict[str, float],
    grounds: tuple[tuple[str, ...], ...],
    right: bool,
    number: int,
    weights: Mapping[str, float],
) -> None:
    """Add the derivative of the log-likelihood: d log P for a real flow, d log(1 - P) for another."""
    each = [likelihood(log_odds(names, weights)) for names in grounds]
    doubt = math.prod(1.0 - p for p in each)
    certain = max(1e-9, 1.0 - doubt)
    for names, p in zip(grounds, each, strict=True):
        change = p * doubt / certain if right else -p
        if CEILINGS.keys() & set(names) and log_odds(names, weights) < sum(weights[name] for name in names):
            continue  # at its ceiling: no weight moves it
        for name in names:
            slope[name] += number * change


def held_out(by_corpus: Mapping[str, Sequence[Sample]], prior: Mapping[str, float]) -> list[tuple[float, bool]]:
    """Predict each corpus with weights fitted to the others only; return confidence and truth of every sample."""
    scored: list[tuple[float, bool]] = []
    for name, own in sorted(by_corpus.items()):
        others = [sample for other, items in sorted(by_corpus.items()) if other != name for sample in items]
        weights = fit(others, prior)
        scored += [(predicted(sample, weights), sample.right) for sample in own]
    return scored
