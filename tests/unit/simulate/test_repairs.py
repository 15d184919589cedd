"""What is done about a flow that stops working, by the step at which it does."""

from __future__ import annotations

import pytest

from planner.model.plan import Repair, RepairKind
from planner.model.refs import Ref
from planner.model.verdict import Moment, Simulation, Verdict
from planner.pipeline.repair import repaired
from planner.simulate.repairs import repairs_for
from tests.builders import flow
from tests.unit.simulate.conftest import Play, app

CALL = flow("web/web", "cart/cart")
WORKS, FAILS = Verdict("plaintext", "r", "works"), Verdict("broken", "strict-plaintext", "fails")


def _stops_at(step: str) -> Simulation:
    moments = (Moment(0, None, "", "", False), Moment(1, 2, step, "", True))
    return Simulation(moments, {CALL.id: ((0, WORKS), (1, FAILS))})


def _decided(step: str, earlier: tuple[Repair, ...] = ()) -> tuple[Repair, ...]:
    return repairs_for(_stops_at(step), {CALL.id: CALL}, (), (), earlier)


@pytest.mark.parametrize(
    ("step", "kind", "subject"),
    [
        ("60-strict", RepairKind.HOLD_STRICT, "cart"),
        ("10-strict", RepairKind.HOLD_STRICT, "cart"),
        ("30-mesh-strict", RepairKind.HOLD_STRICT, "cart"),
        ("20-registry-only", RepairKind.HOLD_EGRESS, "web"),
        ("20-label", RepairKind.GATE, "cart/cart"),
    ],
)
def test_the_step_says_what_helps(step: str, kind: RepairKind, subject: str) -> None:
    (repair,) = _decided(step)
    assert (repair.kind, repair.subject.text, repair.phase, repair.flows) == (kind, subject, 2, (CALL.id,))


def test_what_did_not_help_is_not_done_again_and_a_gate_ends_it() -> None:
    first = _decided("60-strict")
    second = _decided("60-strict", first)
    assert [repair.kind for repair in second] == [RepairKind.GATE]
    assert _decided("60-strict", (*first, *second)) == ()


@pytest.mark.parametrize(
    ("kind", "field", "name"),
    [(RepairKind.HOLD_STRICT, "strict", "cart"), (RepairKind.HOLD_EGRESS, "registry_only", "web")],
)
def test_a_namespace_that_is_held_back_is_not_closed(play: Play, kind: RepairKind, field: str, name: str) -> None:
    plan = play(app("web", "http://cart.cart"), app("cart")).plan
    closing = [phase for phase in plan.phases if name in getattr(phase, field)]
    assert closing, "the plan closes it, before"
    held = repaired(plan, (Repair(1, "60-strict", kind, Ref("", name, "Namespace"), (CALL.id,), "fails"),))
    assert not [phase for phase in held.phases if name in getattr(phase, field)]
    readiness = next(item for item in getattr(held, field) if item.namespace == name)
    assert readiness.phase is None
    assert f"{CALL.id}: fails" in readiness.blockers
