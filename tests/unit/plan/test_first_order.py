from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.plan import Unit
from planner.plan.first_order import first_order
from planner.plan.objective import Objective
from planner.plan.problem import Item, Problem
from planner.plan.rules import HardRules
from tests.builders import problem


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Problems that have a solution: one is made first, and every rule is drawn so that it holds there."""
    count = draw(st.integers(1, 9))
    phases = draw(st.integers(1, 4))
    place = [draw(st.integers(0, phases - 1)) for _ in range(count)]
    capacity = tuple(max(1, place.count(k) + draw(st.integers(0, 2))) for k in range(phases))
    weights = [draw(st.floats(0.1, 5)) for _ in range(count)]
    items = tuple(
        Item(Unit(f"n{n}"), w / sum(weights), 1 / count, 1, _allowed(draw, place[n], phases), draw(st.booleans()))
        for n, w in enumerate(weights)
    )
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=12, unique=True)) if pairs else []
    calls = {pair: 1 / len(chosen) for pair in chosen}
    return Problem(items, calls, (), (), phases, capacity)


def _allowed(draw: st.DrawFn, place: int, phases: int) -> tuple[int, ...]:
    return (place,) if draw(st.integers(0, 4)) == 0 else tuple(range(phases))


@given(problems())
@settings(deadline=None)
def test_what_is_placed_breaks_no_rule(case: Problem) -> None:
    found = first_order(case)
    placed = [n for n in range(len(case.items)) if n not in found.unplaced]
    kept = dataclasses.replace(case, items=tuple(case.items[n] for n in placed), calls={})
    assert HardRules(kept).broken([found.phase[n] for n in placed]) == ()


@given(problems())
@settings(deadline=None)
def test_the_same_problem_gives_the_same_order(case: Problem) -> None:
    assert first_order(case) == first_order(case)


@given(problems())
@settings(deadline=None)
def test_no_allowed_shift_would_be_cheaper(case: Problem) -> None:
    found = first_order(case)
    if found.unplaced:
        return
    phase, cost, rules = list(found.phase), Objective(case), HardRules(case)
    value = cost.value(phase)
    for item in range(len(phase)):
        if phase.count(phase[item]) == 1:
            continue  # would leave a phase empty
        for target in range(case.phases):
            trial = [*phase[:item], target, *phase[item + 1 :]]
            if not rules.fits((item,), target, phase):
                assert cost.value(trial) >= value - 1e-6


def test_callers_and_callees_stand_close() -> None:
    calls = {(0, 3): 0.5, (3, 0): 0.5}
    found = first_order(problem("abcd", calls, capacity=(2, 2)))
    assert found.phase[0] == found.phase[3]


def test_a_pin_is_kept_and_a_group_stays_together() -> None:
    found = first_order(problem("abcd", allowed={2: (2,)}, groups=((0, 1),), capacity=(1, 2, 2)))
    assert found.phase[2] == 2
    assert found.phase[0] == found.phase[1]


def test_what_fits_nowhere_is_told_with_the_reason() -> None:
    found = first_order(problem("abc", groups=((0, 1, 2),), capacity=(1, 2)))
    assert set(found.unplaced) == {0, 1, 2}
    assert "full" in found.unplaced[0]


def test_no_phase_is_left_empty_while_there_is_something_to_place() -> None:
    found = first_order(problem("abcdef", capacity=(1, 2, 3)))
    assert sorted(set(found.phase)) == [0, 1, 2]
