from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.model.flow import Flow
from planner.model.snapshot import Snapshot
from planner.plan.facts import gather
from planner.plan.membership import Membership
from planner.settings import Settings
from planner.simulate.state import MeshState
from planner.simulate.verdicts import judge
from tests.builders import flow
from tests.unit.plan.test_classes import deployment

CALL = flow("web/web", "cart/cart")


@pytest.fixture
def state_of(snapshot_of: Callable[..., Snapshot]) -> Callable[..., MeshState]:
    """Build a state of the mesh over three namespaces with one workload each, and one on the host network."""
    snapshot = snapshot_of(
        *(deployment(name, name=name) for name in ("web", "cart", "ops")),
        deployment("web", name="node", extra="hostNetwork: true"),
    )
    membership = Membership(snapshot.inventory, gather(snapshot, Settings()))

    def build(members: tuple[str, ...] = (), strict: tuple[str, ...] = (), waves: tuple[str, ...] = ()) -> MeshState:
        ahead = frozenset((name, f"Deployment/{name}") for name in waves)
        return MeshState(frozenset(members), ahead, frozenset(strict), membership)

    return build


@pytest.mark.parametrize(
    ("call", "members", "strict", "verdict"),
    [
        (CALL, (), (), "plaintext"),
        (CALL, ("cart",), (), "plaintext"),
        (CALL, ("web",), (), "plaintext"),
        (CALL, ("web", "cart"), (), "mtls"),
        (CALL, ("web", "cart"), ("cart",), "mtls"),
        (flow("web/node", "cart/cart"), ("web", "cart"), (), "plaintext"),
        (flow("web/web", "external:api.pay.net", 443, protocol="https"), ("web",), (), "tls"),
        (flow("web/web", "external:old.net", 80), ("web",), (), "plaintext"),
        (flow("web/web", "cluster:kube-apiserver", 443, protocol="https"), ("web",), (), "tls"),
        (flow("cluster:kubelet", "cart/cart", reader="probes"), ("cart",), ("cart",), "bypass"),
        (flow("web/web", "cart/cart", protocol="udp"), ("web", "cart"), (), "bypass"),
    ],
)
def test_what_happens_to_a_call(
    state_of: Callable[..., MeshState], call: Flow, members: tuple[str, ...], strict: tuple[str, ...], verdict: str
) -> None:
    assert judge(call, state_of(members, strict)).verdict == verdict


def test_a_member_that_lost_its_proxy_to_nobody_is_broken_at_a_strict_callee(
    state_of: Callable[..., MeshState],
) -> None:
    state = state_of(("web", "cart"), ("cart",))
    early = MeshState(state.members, state.waves, state.strict, state.membership)
    broken = judge(flow("web/web", "cart/cart"), _without_proxy(early))
    assert broken.verdict == "broken"
    assert broken.rule


def _without_proxy(state: MeshState) -> MeshState:
    """A state in which nobody has a proxy on the caller's side although its namespace is a member."""

    class Bare(MeshState):
        def injected(self, ref: object) -> bool:
            return getattr(ref, "namespace", "") == "cart"

    return Bare(state.members, state.waves, state.strict, state.membership)


def test_a_wave_is_in_the_mesh_before_its_namespace(state_of: Callable[..., MeshState]) -> None:
    assert judge(CALL, state_of(("cart",), waves=("web",))).verdict == "mtls"


def test_what_nobody_answers_to_is_unknown_with_the_missing_fact(state_of: Callable[..., MeshState]) -> None:
    missing = flow("web/web", "external:x")
    target = missing.target.__class__("", "cart-typo", "Unknown")
    found = judge(Flow(missing.source, target, 80, "http", "", missing.boundary, 0.9, missing.evidence), state_of())
    assert (found.verdict, found.missing) == ("unknown", "cart-typo")
