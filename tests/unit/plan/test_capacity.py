from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planner.plan.capacity import capacities


@given(st.integers(0, 300), st.integers(0, 40), st.integers(1, 12))
def test_all_units_fit_and_no_phase_is_larger_than_asked(units: int, largest: int, least: int) -> None:
    found = capacities(units, largest, least)
    assert sum(found) >= units
    assert len(found) >= least
    assert all(size >= 1 for size in found)
    assert list(found) == sorted(found)
    if largest:
        assert max(found) <= largest


def test_the_first_phase_is_a_canary() -> None:
    assert capacities(20, 6, 1)[0] == 2
    assert capacities(20, 3, 1)[:2] == (1, 2)


@given(st.lists(st.integers(1, 6), max_size=20), st.integers(1, 8))
def test_there_are_phases_enough_for_every_wave(loads: list[int], most: int) -> None:
    found = capacities(len(loads), 3, 1, loads, most)
    assert sum(found) >= len(loads)
    assert len(found) * max(most, *loads, 1) >= sum(loads)
