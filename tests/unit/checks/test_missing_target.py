"""The names that a missing target is told to be near to."""

from __future__ import annotations

from planner.checks.rules.missing_target import _near

NAMES = {"visits-service": ["clinic/visits-service", "old/visits-service"], "vets-service": ["clinic/vets-service"]}


def test_the_callers_namespace_comes_first() -> None:
    assert _near("vists-service", "clinic", NAMES)[0] == "clinic/visits-service"
    assert _near("vists-service.clinic", "old", NAMES)[0] == "old/visits-service"


def test_the_same_name_elsewhere_is_the_nearest() -> None:
    assert _near("vets-service", "web", NAMES)[0] == "clinic/vets-service"


def test_three_at_most_and_none_that_is_far() -> None:
    assert len(_near("visits-service", "web", NAMES)) == 3
    assert _near("postgres", "web", NAMES) == ()
