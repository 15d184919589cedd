"""Calibration: the table, the scores, and the fit of the weights."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.discovery import calibration
from benchmarks.discovery.compare import HINTS, Sample, only_hints
from benchmarks.discovery.fit import fit, held_out, predicted
from benchmarks.discovery.priors import PRIORS
from planner.evidence import confidence
from planner.evidence.ground import likelihood, of_grounds
from planner.evidence.merge import combined
from planner.evidence.weights import WEIGHTS
from planner.model.flow import Boundary, Evidence, Flow
from planner.model.refs import Ref

URL, OUTSIDE = "given to the process: url", "a host outside the cluster"


def sample(right: bool, *grounds: tuple[str, ...]) -> Sample:
    return Sample(0.0, right, grounds or ((URL,),))


def test_the_table_says_what_was_said_and_what_was_right() -> None:
    bins = calibration.table([(0.92, True)] * 8 + [(0.92, False)] * 2 + [(0.1, False)])
    assert [(b.number, round(b.said, 2), b.right) for b in bins] == [(1, 0.1, 0.0), (10, 0.92, 0.8)]
    assert bins[1].margin > 0.1


def test_scores_prefer_the_honest() -> None:
    scored = [(0.9, True)] * 9 + [(0.9, False)] + [(0.1, False)] * 9 + [(0.1, True)]
    assert calibration.brier(scored) == pytest.approx(0.09)
    assert calibration.brier_of_constant(scored) == pytest.approx(0.25)
    assert calibration.error(scored) == pytest.approx(0.0)
    assert calibration.brier([]) == 0.0


def test_many_flows_move_a_weight_to_their_share_and_few_hardly() -> None:
    many = fit([sample(True)] * 300 + [sample(False)] * 100, PRIORS)
    few = fit([sample(False)], PRIORS)
    assert likelihood(many[URL]) == pytest.approx(0.75, abs=0.02)
    assert likelihood(PRIORS[URL]) > likelihood(few[URL]) > 0.5


def test_marks_learn_apart_from_their_grounds() -> None:
    flows = [sample(True)] * 90 + [sample(False)] * 10
    flows += [sample(True, (URL, OUTSIDE))] * 30 + [sample(False, (URL, OUTSIDE))] * 70
    weights = fit(flows, PRIORS)
    assert likelihood(weights[URL]) == pytest.approx(0.9, abs=0.03)
    assert likelihood(weights[URL] + weights[OUTSIDE]) == pytest.approx(0.3, abs=0.05)


def test_a_hint_claims_nothing_and_is_never_believed() -> None:
    hint = next(iter(HINTS))
    assert of_grounds((hint,)) < confidence.BELIEVED
    policy = Evidence("network-policies", "f", 1, "o", "x", 0.45, "", (hint,))
    variable = Evidence("environment", "f", 1, "o", "x", 0.9, "", (URL,))
    ends = Ref("shop", "web", "Deployment"), Ref("shop", "cart", "Service")
    assert only_hints(Flow(*ends, 80, "http", "", Boundary.INTERNAL, 0.45, (policy,)))
    assert not only_hints(Flow(*ends, 80, "http", "", Boundary.INTERNAL, 0.9, (variable, policy)))


def test_held_out_flows_are_judged_by_the_others() -> None:
    right, wrong = [sample(True)] * 50, [sample(False)] * 50
    scored = dict.fromkeys(held_out({"right": right, "wrong": wrong}, PRIORS))
    assert {good: sure > 0.5 for sure, good in scored} == {True: False, False: True}


@given(
    st.lists(st.sampled_from(sorted(WEIGHTS.keys() - {confidence.DECLARED.name})), min_size=1, max_size=4, unique=True)
)
def test_the_fit_joins_evidence_as_the_program_does(names: list[str]) -> None:
    evidence = [Evidence(f"reader {n}", "f", 1, "o", "x", of_grounds((n,)), "", (n,)) for n in names]
    joined = sample(True, *(item.grounds for item in evidence))
    assert predicted(joined, WEIGHTS) == pytest.approx(combined(evidence), abs=0.002)


def test_every_ground_has_a_weight_and_a_prior() -> None:
    names = {ground.name for ground in confidence.grounds()}
    assert names == set(WEIGHTS) == set(PRIORS)
    assert all(math.isfinite(value) for value in WEIGHTS.values())
