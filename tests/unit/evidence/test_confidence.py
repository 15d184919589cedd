"""Grounds, marks and what they make of a confidence."""

from __future__ import annotations

from planner.evidence import confidence
from planner.evidence.sighting import Form
from planner.model.flow import Evidence


def evidence(ground: confidence.Ground) -> Evidence:
    return Evidence("environment", "a.yaml", 3, "Deployment shop/web", "env", ground.sure, "x", (ground.name,))


def test_marks_lower_and_are_named() -> None:
    before = evidence(confidence.DIRECT[Form.URL])
    after = confidence.marked(before, confidence.OUTSIDE)
    assert after.confidence < before.confidence
    assert after.grounds == ("given to the process: url", "a host outside the cluster")


def test_a_mark_counts_once() -> None:
    once = confidence.marked(evidence(confidence.DIRECT[Form.URL]), confidence.OUTSIDE)
    assert confidence.marked(once, confidence.OUTSIDE) == once


def test_no_mark_changes_nothing_and_the_users_word_stands() -> None:
    before = evidence(confidence.DIRECT[Form.URL])
    assert confidence.marked(before) is before
    said = Evidence("declared", "", 0, "meshplan.yaml", "flows[0]", 1.0, "", (confidence.DECLARED.name,))
    assert confidence.marked(said, confidence.MISSING) is said


def test_judgements_that_the_fit_must_not_overturn() -> None:
    assert confidence.POLICY_HINT.sure < confidence.BELIEVED
    assert confidence.of_grounds((confidence.DIRECT[Form.URL].name, confidence.DIRECTORY.name)) < confidence.BELIEVED
    assert confidence.of_grounds((confidence.DIRECT[Form.URL].name, confidence.OWN_NAME.name)) < confidence.BELIEVED
