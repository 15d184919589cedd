from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import pytest

from planner.model.flow import Flow
from planner.model.plan import Classed, NamespaceClass
from planner.model.refs import SERVICE, Ref
from planner.model.snapshot import Snapshot
from planner.plan.facts import gather
from planner.plan.host_rewrites import HostRewrite
from planner.plan.joined import joined
from planner.plan.membership import Membership
from planner.plan.plaintext import Plaintext
from planner.settings import Settings
from tests.builders import flow, ref
from tests.unit.plan.test_classes import deployment

CLASSES = (Classed("front", NamespaceClass.EDGE, ()), Classed("ops", NamespaceClass.PLATFORM, ()))
PHASES = {"cart": 1, "shop": 3}
CART = deployment("cart", name="cart")
WEB = deployment("shop", name="web")
DIRECT = dataclasses.replace(flow("shop/web", "cart/cart", 8080), target=ref("cart/cart"), to_workloads=())


def service(name: str = "cart", port: str = "{port: 80, name: http}", extra: str = "") -> str:
    spec = f"selector: {{app: {name}}}, ports: [{port}]{extra}"
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: cart}}\nspec: {{{spec}}}\n"


def istio(kind: str, namespace: str, spec: str) -> str:
    return (
        f"apiVersion: networking.istio.io/v1\nkind: {kind}\n"
        f"metadata: {{name: x, namespace: {namespace}}}\nspec: {spec}\n"
    )


def plaintext(
    snapshot: Snapshot,
    rewrites: Iterable[HostRewrite] = (),
    phases: dict[str, int] | None = None,
    waves: dict[tuple[str, str], int] | None = None,
    **settings: object,
) -> Plaintext:
    facts = gather(snapshot, Settings(**settings))  # type: ignore[arg-type]
    inventory = snapshot.inventory
    known = joined(PHASES if phases is None else phases, CLASSES, waves)
    return Plaintext(inventory, facts, Membership(inventory, facts), known, rewrites)


def test_a_caller_that_joins_stops_with_its_phase_or_its_wave(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(CART, WEB, service())
    found = plaintext(snapshot).judge(flow("shop/web", "cart/cart"))
    assert (found.why, found.until) == ("not-yet", 3)
    assert found.after(2)
    assert not found.after(3)
    early = plaintext(snapshot, waves={("shop", "Deployment/web"): 2}).judge(flow("shop/web", "cart/cart"))
    assert early.until == 2


@pytest.mark.parametrize(
    ("objects", "call", "why"),
    [
        ((CART, WEB, service()), DIRECT, "pod-address"),
        ((CART, WEB, service(extra=", clusterIP: None")), flow("shop/web", "cart/cart", 9999), "port-not-in-service"),
        (
            (CART, WEB, service(), istio("DestinationRule", "shop", "{host: '*.local', trafficPolicy: {tls: {}}}")),
            flow("shop/web", "cart/cart"),
            "destination-rule",
        ),
        (
            (CART, WEB, service(), istio("Sidecar", "istio-system", "{egress: [{hosts: ['./*']}]}")),
            flow("shop/web", "cart/cart"),
            "hidden-service",
        ),
        (
            (CART, deployment("shop", name="web", extra="securityContext: {runAsUser: 1337}"), service()),
            flow("shop/web", "cart/cart"),
            "uid-of-the-proxy",
        ),
    ],
)
def test_calls_that_no_proxy_recognises_stay_plaintext_although_both_sides_join(
    snapshot_of: Callable[..., Snapshot], objects: tuple[str, ...], call: Flow, why: str
) -> None:
    found = plaintext(snapshot_of(*objects)).judge(call)
    assert (found.why, found.until, found.harmless) == (why, None, False)


def test_a_pods_own_address_is_known_through_a_headless_service(snapshot_of: Callable[..., Snapshot]) -> None:
    headless = service(port="{port: 8080, name: tcp}", extra=", clusterIP: None")
    assert plaintext(snapshot_of(CART, WEB, headless)).judge(DIRECT).until == 3


def test_one_pod_without_a_proxy_makes_a_headless_service_plaintext_for_all(
    snapshot_of: Callable[..., Snapshot],
) -> None:
    bare = deployment("cart", name="node", extra="hostNetwork: true").replace("{app: node}", "{app: cart}")
    snapshot = snapshot_of(CART, bare, WEB, service(extra=", clusterIP: None"))
    assert plaintext(snapshot).judge(flow("shop/web", "cart/cart")).why == "headless-mixed"
    assert plaintext(snapshot_of(CART, bare, WEB, service())).judge(flow("shop/web", "cart/cart")).why == "not-yet"


@pytest.mark.parametrize(
    ("host", "port", "why", "until"),
    [
        ("shop.example.com", "{port: 80, name: http}", "host-rewritten", 3),
        ("", "{port: 80, name: http}", "host-rewritten", None),
        ("cart.cart", "{port: 80, name: http}", "not-yet", 3),
        ("shop.example.com", "{port: 80, name: tcp}", "not-yet", 3),
    ],
)
def test_a_rewritten_host_is_plaintext_until_a_route_names_it(
    snapshot_of: Callable[..., Snapshot], host: str, port: str, why: str, until: int | None
) -> None:
    rewrite = HostRewrite(ref("shop/web"), host, Ref("cart", "cart", SERVICE), 80)
    found = plaintext(snapshot_of(CART, WEB, service(port=port)), [rewrite]).judge(flow("shop/web", "cart/cart"))
    assert (found.why, found.until) == (why, until)


def test_a_route_that_somebody_else_owns_names_no_host(snapshot_of: Callable[..., Snapshot]) -> None:
    rewrite = HostRewrite(ref("shop/web"), "shop.example.com", Ref("cart", "cart", SERVICE), 80)
    taken = istio("VirtualService", "cart", "{hosts: [cart.cart.svc.cluster.local], http: []}")
    found = plaintext(snapshot_of(CART, WEB, service(), taken), [rewrite]).judge(flow("shop/web", "cart/cart"))
    assert (found.why, found.until) == ("host-rewritten", None)


@pytest.mark.parametrize(
    ("call", "extra", "why"),
    [
        (flow("cluster:kubelet", "cart/cart", 8080, reader="probes"), "", "kubelet"),
        (flow("ops/prometheus", "cart/cart", 15020, reader="scraping"), "", "agent-port"),
        (flow("ops/prometheus", "cart/cart", 80, reader="scraping"), "hostNetwork: true", "callee-outside"),
        (flow("shop/web", "cart/cart", 80, protocol="udp"), "", "udp"),
    ],
)
def test_some_calls_are_plaintext_and_strict_does_not_touch_them(
    snapshot_of: Callable[..., Snapshot], call: Flow, extra: str, why: str
) -> None:
    found = plaintext(snapshot_of(deployment("cart", name="cart", extra=extra))).judge(call)
    assert (found.why, found.harmless, found.after(99)) == (why, True, False)


def test_probes_that_are_not_rewritten_are_callers_like_others(snapshot_of: Callable[..., Snapshot]) -> None:
    as_is = CART.replace("metadata: {labels", "metadata: {annotations: {%s: 'false'}, labels").replace(
        "%s", "sidecar.istio.io/rewriteAppHTTPProbers"
    )
    found = plaintext(snapshot_of(as_is)).judge(flow("cluster:kubelet", "cart/cart", 8080, reader="probes"))
    assert (found.harmless, found.until) == (False, None)


INGRESS = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: cart, namespace: cart, annotations: {%s}}\n"
    "spec: {rules: []}\n"
)
UPSTREAM = "nginx.ingress.kubernetes.io/service-upstream: 'true'"
VHOST = "nginx.ingress.kubernetes.io/upstream-vhost: cart.cart.svc.cluster.local"


@pytest.mark.parametrize(
    ("notes", "port", "until"),
    [
        ("", "{port: 80, name: http}", None),
        (UPSTREAM, "{port: 80, name: http}", None),
        (UPSTREAM, "{port: 80}", 2),
        (f"{UPSTREAM}, {VHOST}", "{port: 80, name: http}", 2),
    ],
)
def test_an_ingress_controller_that_joins_must_call_the_service_by_name(
    snapshot_of: Callable[..., Snapshot], notes: str, port: str, until: int | None
) -> None:
    controller = deployment("front", name="c", image="registry.k8s.io/ingress-nginx/controller:v1")
    snapshot = snapshot_of(CART, controller, service(port=port), INGRESS.replace("%s", notes))
    judged = plaintext(snapshot, phases={"cart": 1, "front": 2})
    for call in (
        flow("external:client", "cart/cart", obj="Ingress cart/cart"),
        flow("front/c", "cart/cart", obj="Ingress cart/cart"),
    ):
        found = judged.judge(call)
        assert found.until == until, call.id
        assert bool(found.blocker) is (until is None)


def test_the_meshs_own_gateway_is_no_plaintext_caller(snapshot_of: Callable[..., Snapshot]) -> None:
    gateway = deployment("istio-system", name="gw", image="docker.io/istio/proxyv2:1.31.0")
    snapshot = snapshot_of(CART, gateway, service())
    assert plaintext(snapshot).judge(flow("istio-system/gw", "cart/cart")).until == 0
