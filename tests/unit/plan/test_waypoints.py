from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from planner.graph.traffic import TrafficGraph
from planner.model.flow import Flow
from planner.model.readiness import WaypointAdvice
from planner.model.snapshot import Snapshot
from planner.plan.facts import gather
from planner.plan.membership import Membership
from planner.plan.waypoints import advise
from planner.settings import Settings
from tests.builders import flow, ref
from tests.unit.plan.test_classes import deployment
from tests.unit.plan.test_plaintext import CART, WEB, service

CALL = flow("shop/web", "cart/cart")


def namespace(name: str, labels: str = "istio.io/dataplane-mode: ambient") -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def thing(api: str, kind: str, spec: str, name: str = "x", where: str = "cart", labels: str = "") -> str:
    return (
        f"apiVersion: {api}\nkind: {kind}\n"
        f"metadata: {{name: {name}, namespace: {where}, labels: {{{labels}}}}}\nspec: {spec}\n"
    )


WAYPOINT = thing("gateway.networking.k8s.io/v1", "Gateway", "{gatewayClassName: istio-waypoint}", "way")
SELECTOR = "{selector: {matchLabels: {app: cart}}, rules: [{to: [{operation: {paths: ['/x']}}]}]}"
POLICY = thing("security.istio.io/v1", "AuthorizationPolicy", SELECTOR)
IDENTITY = thing("security.istio.io/v1", "AuthorizationPolicy", "{rules: [{from: [{source: {namespaces: [shop]}}]}]}")
TOKENS = thing("security.istio.io/v1", "RequestAuthentication", "{jwtRules: []}")
ROUTE = thing("gateway.networking.k8s.io/v1", "HTTPRoute", "{parentRefs: [{kind: Service, group: '', name: cart}]}")
BARE = thing("networking.istio.io/v1", "VirtualService", "{hosts: [cart], http: []}")
FAR = thing("networking.istio.io/v1", "VirtualService", "{hosts: [cart.cart.svc.cluster.local]}", where="shop")
ENTRY = thing("networking.istio.io/v1", "VirtualService", "{hosts: [cart], gateways: [front]}")


def advice(snapshot: Snapshot, *flows: Flow) -> WaypointAdvice | None:
    inventory = snapshot.inventory
    membership = Membership(inventory, gather(snapshot, Settings()))
    return next(iter(advise(["cart"], TrafficGraph(flows), inventory, membership)), None)


def test_a_cluster_without_ambient_gets_no_advice(snapshot_of: Callable[..., Snapshot]) -> None:
    assert advice(snapshot_of(CART, WEB, service(), POLICY), CALL) is None


@pytest.mark.parametrize(
    ("objects", "order", "word"),
    [
        ((), "none", "nothing that was read"),
        ((IDENTITY,), "none", "nothing that was read"),
        ((ENTRY,), "none", "nothing that was read"),
        ((POLICY,), "before", "AuthorizationPolicy cart/x"),
        ((TOKENS,), "before", "RequestAuthentication cart/x"),
        ((ROUTE,), "before", "HTTPRoute cart/x"),
        ((BARE,), "before", "VirtualService cart/x"),
        ((FAR,), "before", "VirtualService shop/x"),
    ],
)
def test_a_rule_that_only_a_waypoint_enforces_wants_it_before_enrolment(
    snapshot_of: Callable[..., Snapshot], objects: tuple[str, ...], order: str, word: str
) -> None:
    found = advice(snapshot_of(namespace("cart"), CART, WEB, service(), *objects), CALL)
    assert found is not None
    assert found.order == order
    assert word in found.reasons[0]


def test_a_waypoint_that_is_named_and_needed_by_no_rule_may_follow(snapshot_of: Callable[..., Snapshot]) -> None:
    labelled = namespace("cart", "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: way")
    found = advice(snapshot_of(labelled, CART, service(), WAYPOINT))
    assert found is not None
    assert (found.order, found.waypoint, found.exists, found.beside) == ("after", "cart/way", True, ())
    lost = advice(snapshot_of(labelled.replace("way}", "gone}"), CART, service()))
    assert lost is not None


def test_a_label_that_points_to_nothing_is_said(snapshot_of: Callable[..., Snapshot]) -> None:
    found = advice(snapshot_of(namespace("cart", "istio.io/use-waypoint: gone"), namespace("shop"), CART, service()))
    assert found is not None
    assert not found.exists
    assert "cart/gone, which was not read" in found.beside[0]


def test_callers_that_pass_the_waypoint_by_are_named(snapshot_of: Callable[..., Snapshot]) -> None:
    gateway = deployment("istio-system", name="gw", image="docker.io/istio/proxyv2:1.31.0")
    enrolled = deployment("calm", name="ztunneled")
    snapshot = snapshot_of(
        namespace("cart"), namespace("shop", "istio-injection: enabled"), namespace("calm"), CART, WEB, gateway,
        enrolled, deployment("ops", name="agent"), service(), POLICY,
    )  # fmt: skip
    direct = dataclasses.replace(flow("calm/ztunneled", "cart/cart", 8080), target=ref("cart/cart"), to_workloads=())
    flows = (CALL, flow("istio-system/gw", "cart/cart"), flow("ops/agent", "cart/cart"), direct)
    found = advice(snapshot, *flows, flow("calm/ztunneled", "cart/cart"))
    assert found is not None
    assert [line.partition(":")[0] for line in found.bypassing] == [
        "calm/ztunneled", "istio-system/gw", "ops/agent", "shop/web",
    ]  # fmt: skip
    assert "sidecar" in found.bypassing[3]
    assert "pods' own addresses" in found.bypassing[0]
    assert any("targetRefs" in text for text in found.beside)


def test_a_gateway_told_to_use_the_waypoint_does(snapshot_of: Callable[..., Snapshot]) -> None:
    gateway = deployment("istio-system", name="gw", image="docker.io/istio/proxyv2:1.31.0")
    labels = "istio.io/dataplane-mode: ambient, istio.io/ingress-use-waypoint: 'true'"
    snapshot = snapshot_of(namespace("cart", labels), CART, gateway, service(), POLICY)
    found = advice(snapshot, flow("istio-system/gw", "cart/cart"))
    assert found is not None
    assert found.bypassing == ()
