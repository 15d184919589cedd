"""Facts of Istio that are known from its documentation, seen in the live mesh: they judge the judge.

Source: istio.io docs/tasks/security/authentication/mtls-migration, docs/tasks/traffic-management/egress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.mesh.live.flows import Flow
from tests.mesh.live.judging import worst
from tests.mesh.live.world import World

SPACE, OUTSIDE = "shop", "api.example.net"
OPT_OUT = {"sidecar.istio.io/inject": "false"}
WEB, DATA, UNDECLARED = 8080, 5432, 7000


def _flow(source: str, target: str, port: int, protocol: str) -> Flow:
    return Flow(f"{source} -> {target}:{port}", f"{SPACE}/{source}", f"{SPACE}/{target}", "Service", port, protocol)


CALLS = {
    "mesh": _flow("front", "back", WEB, "http"),
    "mesh-data": _flow("front", "back", DATA, "postgres"),
    "mesh-guessed": _flow("front", "back", UNDECLARED, "mysql"),
    "to-plain": _flow("front", "plain", WEB, "http"),
    "from-plain": _flow("plain", "back", WEB, "http"),
    "from-plain-data": _flow("plain", "back", DATA, "postgres"),
    "from-plain-first": _flow("plain", "back", UNDECLARED, "mysql"),
    "past": _flow("past", "back", WEB, "http"),
    "out": Flow("out", f"{SPACE}/front", f"external:{OUTSIDE}", "External", 443, "https"),
    "out-plain": Flow("out-plain", f"{SPACE}/front", f"external:{OUTSIDE}", "External", 80, "http"),
}


def _deployment(name: str, labels: dict[str, str], uid: int) -> dict[str, Any]:
    containers = [{"name": "app", "image": "x", "securityContext": {"runAsUser": uid}}]
    template = {"metadata": {"labels": {"app": name} | labels}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": SPACE}, "spec": spec,
    }  # fmt: skip


def _service(name: str) -> dict[str, Any]:
    named = (("http", WEB), ("tcp-data", DATA), ("other", UNDECLARED))
    ports = [{"name": key, "port": port} for key, port in named]
    spec = {"selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SPACE}, "spec": spec}


def _object(kind: str, group: str, spec: dict[str, Any], name: str = "default") -> dict[str, Any]:
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name, "namespace": SPACE}, "spec": spec}


STRICT = _object("PeerAuthentication", "security.istio.io", {"mtls": {"mode": "STRICT"}})
OPEN_PORT = _object(
    "PeerAuthentication", "security.istio.io",
    {
        "selector": {"matchLabels": {"app": "back"}}, "mtls": {"mode": "STRICT"},
        "portLevelMtls": {str(WEB): {"mode": "PERMISSIVE"}},
    }, "open",
)  # fmt: skip
PLAIN_CLIENTS = _object(
    "DestinationRule", "networking.istio.io",
    {"host": f"back.{SPACE}.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "DISABLE"}}},
)  # fmt: skip
FORCED = _object(
    "DestinationRule", "networking.istio.io",
    {"host": f"plain.{SPACE}.svc.cluster.local", "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}, "forced",
)  # fmt: skip
KNOWN_HOST = _object(
    "ServiceEntry", "networking.istio.io",
    {"hosts": [OUTSIDE], "resolution": "DNS", "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}]}, "known",
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(world_of: Callable[[], World]) -> World:
    """Two workloads with sidecars, one of user 1337 beside its sidecar, one without."""
    world = world_of()
    space = {"name": SPACE, "labels": {"istio-injection": "enabled"}}
    world.plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": space})
    workloads: tuple[tuple[str, dict[str, str], int], ...] = (
        ("front", {}, 1000),
        ("back", {}, 1000),
        ("plain", OPT_OUT, 1000),
        ("past", {}, 1337),
    )
    world.plane.apply(*(_deployment(*one) for one in workloads), *(_service(name) for name, _, _ in workloads))
    world.populate(CALLS.values(), {}, {})
    world.wait_for_push()
    return world


@pytest.fixture
def applied(shop: World) -> Iterator[Callable[..., None]]:
    """Apply objects for one test."""
    made: list[dict[str, Any]] = []

    def apply(*objects: dict[str, Any]) -> None:
        made.extend(objects)
        shop.plane.apply(*objects)
        shop.wait_for_push(2.0)

    yield apply
    for raw in made:
        shop.plane.kubectl("delete", "-n", SPACE, raw["kind"].lower(), raw["metadata"]["name"])
    shop.wait_for_push(2.0)


def _seen(world: World, *names: str) -> dict[str, str]:
    seen = world.caller.call(CALLS[name] for name in names)
    return {name: worst(seen[CALLS[name].id]) for name in names}


def test_the_webhook_decides_who_has_a_sidecar(shop: World) -> None:
    injected = {name.partition("/")[2]: pods[0].injected for name, pods in shop.controllers.pods.items()}
    assert injected == {"front": True, "back": True, "past": True, "plain": False}


def test_permissive(shop: World) -> None:
    assert _seen(shop, "mesh", "mesh-data", "to-plain", "from-plain", "from-plain-data", "past") == {
        "mesh": "mtls", "mesh-data": "mtls", "to-plain": "plaintext", "from-plain": "plaintext",
        "from-plain-data": "plaintext", "past": "plaintext",
    }  # fmt: skip


def test_a_server_that_speaks_first_hangs_at_a_permissive_sidecar(shop: World) -> None:
    assert _seen(shop, "from-plain-first") == {"from-plain-first": "broken"}


def test_strict(shop: World, applied: Callable[..., None]) -> None:
    applied(STRICT)
    assert _seen(shop, "mesh", "mesh-data", "to-plain", "from-plain", "from-plain-data", "past") == {
        "mesh": "mtls", "mesh-data": "mtls", "to-plain": "plaintext", "from-plain": "broken",
        "from-plain-data": "broken", "past": "broken",
    }  # fmt: skip


def test_strict_with_an_open_port(shop: World, applied: Callable[..., None]) -> None:
    applied(STRICT, OPEN_PORT)
    assert _seen(shop, "from-plain", "from-plain-data") == {"from-plain": "plaintext", "from-plain-data": "broken"}


def test_a_client_that_is_told_not_to_encrypt(shop: World, applied: Callable[..., None]) -> None:
    applied(PLAIN_CLIENTS)
    assert _seen(shop, "mesh") == {"mesh": "plaintext"}
    applied(STRICT)
    assert _seen(shop, "mesh") == {"mesh": "broken"}


def test_mutual_tls_forced_upon_a_pod_without_sidecar(shop: World, applied: Callable[..., None]) -> None:
    applied(FORCED)
    assert _seen(shop, "to-plain") == {"to-plain": "broken"}


def test_the_registry(shop: World, applied: Callable[..., None]) -> None:
    assert _seen(shop, "out", "out-plain") == {"out": "tls", "out-plain": "bypass"}
    shop.istiod.outbound("REGISTRY_ONLY")
    shop.wait_for_push(2.5)
    try:
        assert _seen(shop, "out", "out-plain") == {"out": "broken", "out-plain": "broken"}
        applied(KNOWN_HOST)
        assert _seen(shop, "out", "out-plain") == {"out": "tls", "out-plain": "broken"}
    finally:
        shop.istiod.outbound("ALLOW_ANY")
        shop.wait_for_push(2.5)


def test_a_pod_that_comes_back_after_the_label_is_gone_has_no_sidecar(shop: World) -> None:
    shop.plane.kubectl("label", "namespace", SPACE, "istio-injection-")
    try:
        twins = shop.controllers.twins()
        assert sorted(pod.workload for pod in twins) == [f"{SPACE}/{name}" for name in ("back", "front", "past")]
        assert not any(pod.injected for pod in twins)
        shop.wait_for_push()
        ways = shop.caller.call([CALLS["mesh"]])[CALLS["mesh"].id]
        assert ways == {"mtls", "plaintext"}
        shop.controllers.drop(twins)
    finally:
        shop.plane.kubectl("label", "namespace", SPACE, "istio-injection=enabled")
    shop.wait_for_push()
    assert _seen(shop, "mesh") == {"mesh": "mtls"}
