from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.marginal import Marginal
from planner.plan.objective import WEIGHTS, Objective
from tests.builders import problem


def test_plaintext_in_costs_twice_plaintext_out() -> None:
    cost = Objective(problem("ab", {(0, 1): 1.0}, capacity=(2, 2, 2)))
    callee_first = cost.terms([2, 0])
    caller_first = cost.terms([0, 2])
    assert callee_first["plaintext in"] == pytest.approx(2.0)
    assert caller_first["plaintext out"] == pytest.approx(1.0)
    assert callee_first["permissive"] == pytest.approx(2 * 0.5)
    assert caller_first["permissive"] == 0


def test_nothing_is_plaintext_when_all_move_together() -> None:
    terms = Objective(problem("ab", {(0, 1): 1.0}, capacity=(2, 2))).terms([1, 1])
    assert terms["plaintext in"] == terms["plaintext out"] == terms["permissive"] == 0
    assert set(terms) == set(WEIGHTS)


@given(st.lists(st.integers(0, 2), min_size=4, max_size=4), st.integers(0, 3), st.integers(0, 2))
def test_the_part_around_an_item_changes_as_the_whole_does(phase: list[int], item: int, target: int) -> None:
    cost = Objective(problem("abcd", {(0, 1): 0.3, (1, 2): 0.3, (3, 1): 0.2, (2, 0): 0.2}, capacity=(4, 4, 4)))
    moved = [*phase[:item], target, *phase[item + 1 :]]
    whole = cost.value(moved) - cost.value(phase)
    part = cost.around([item], moved) - cost.around([item], phase)
    assert part == pytest.approx(whole)


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3))
def test_marginal_costs_agree_with_the_objective_after_a_move(
    phase: list[int], item: int, first: int, second: int
) -> None:
    calls = {(0, 1): 0.3, (1, 2): 0.2, (3, 1): 0.2, (2, 0): 0.1, (4, 1): 0.2}
    case = problem("abcde", calls, capacity=(5, 5, 5, 5))
    cost = Objective(case)
    marginal = Marginal(case, cost, phase)
    phase[1] = first
    marginal.moved(1)
    phase[item] = second
    marginal.moved(item)
    found = marginal.costs(item)
    for target in range(4):
        moved = [*phase[:item], target, *phase[item + 1 :]]
        assert found[target] - found[second] == pytest.approx(cost.value(moved) - cost.value(phase))
