"""Composition of PeerAuthentications: port over workload over namespace over mesh, the oldest at each level."""

from itertools import permutations
from typing import Any

import pytest

from planner.mesh.peer_authentication import effective, misled, service_mode

Raw = dict[str, Any]


def rule(name: str, namespace: str, mode: str | None = None, **more: Any) -> Raw:
    created = more.pop("created", "2024-01-01T00:00:00Z")
    spec: Raw = {key: value for key, value in more.items() if value is not None}
    if mode:
        spec["mtls"] = {"mode": mode}
    metadata = {"name": name, "namespace": namespace, **({"creationTimestamp": created} if created else {})}
    return {"kind": "PeerAuthentication", "metadata": metadata, "spec": spec}


CART = {"matchLabels": {"app": "cart"}}
MESH = rule("default", "istio-system", "STRICT")
NAMESPACE = rule("default", "shop", "DISABLE")
WORKLOAD = rule("cart", "shop", "PERMISSIVE", selector=CART)
PORT = rule("cart", "shop", "STRICT", selector=CART, portLevelMtls={9090: {"mode": "DISABLE"}})


def mode(objects: list[Raw], port: int | None = None, app: str = "cart", namespace: str = "shop") -> tuple[str, str]:
    found = effective(objects, namespace, {"app": app}, port)
    assert found.reason
    return found.mode, found.level


def test_levels() -> None:
    assert mode([]) == ("PERMISSIVE", "default")
    assert mode([MESH]) == ("STRICT", "mesh")
    assert mode([MESH, NAMESPACE]) == ("DISABLE", "namespace")
    assert mode([MESH, NAMESPACE, WORKLOAD]) == ("PERMISSIVE", "workload")
    assert mode([MESH, NAMESPACE, WORKLOAD], app="web") == ("DISABLE", "namespace")
    assert mode([MESH, NAMESPACE], namespace="other") == ("STRICT", "mesh")
    assert mode([MESH, PORT], 9090) == ("DISABLE", "port")
    assert mode([MESH, PORT], 8080) == ("STRICT", "workload")


@pytest.mark.parametrize("key", [9090, "9090"])
def test_ports_are_keys_as_numbers_or_text(key: int | str) -> None:
    objects = [rule("cart", "shop", selector=CART, portLevelMtls={key: {"mode": "DISABLE"}})]
    assert mode(objects, 9090) == ("DISABLE", "port")


def test_unset_inherits() -> None:
    unset = rule("default", "shop", "UNSET")
    assert mode([MESH, unset]) == ("STRICT", "mesh")
    port = rule("cart", "shop", "DISABLE", selector=CART, portLevelMtls={9090: {"mode": "UNSET"}, 1: {}})
    assert mode([MESH, port], 9090) == ("DISABLE", "workload")
    assert mode([MESH, port], 1) == ("DISABLE", "workload")


def test_the_oldest_wins_and_the_others_are_ignored_as_a_whole() -> None:
    old = rule("z", "shop", "STRICT", selector=CART, created="2023-01-01T00:00:00Z")
    young = rule("a", "shop", "DISABLE", selector=CART, portLevelMtls={9090: {"mode": "DISABLE"}})
    planned = rule("a", "shop", "PERMISSIVE", selector=CART, created=None)
    for objects in permutations([old, young, planned]):
        found = effective(objects, "shop", {"app": "cart"}, 9090)
        assert (found.mode, found.source) == ("STRICT", "shop/z")


def test_a_selector_in_the_root_namespace_is_ignored() -> None:
    rooted = rule("cart", "istio-system", "DISABLE", selector=CART)
    assert mode([MESH, rooted]) == ("STRICT", "mesh")
    assert mode([MESH, rooted], namespace="istio-system") == ("STRICT", "mesh")


def test_an_empty_selector_is_none() -> None:
    assert mode([rule("default", "shop", "STRICT", selector={})]) == ("STRICT", "namespace")


def test_ports_without_a_selector_have_no_effect() -> None:
    rejected = rule("default", "shop", "STRICT", portLevelMtls={9090: {"mode": "DISABLE"}})
    assert mode([rejected], 9090) == ("STRICT", "namespace")


def test_another_root_namespace() -> None:
    assert effective([MESH], "shop", {}, root_namespace="mesh-root").mode == "PERMISSIVE"


def test_ambient_takes_a_bare_port_exception_for_none() -> None:
    bare = rule("cart", "shop", selector=CART, portLevelMtls={9090: {"mode": "DISABLE"}})
    assert effective([MESH, bare], "shop", {"app": "cart"}, 9090).mode == "DISABLE"
    assert effective([MESH, bare], "shop", {"app": "cart"}, 9090, ambient=True).mode == "STRICT"
    open_port = rule("cart", "shop", selector=CART, portLevelMtls={9090: {"mode": "PERMISSIVE"}})
    assert effective([MESH, open_port], "shop", {"app": "cart"}, 9090, ambient=True).mode == "PERMISSIVE"


def test_callers_read_namespace_and_mesh_only() -> None:
    assert service_mode([MESH, NAMESPACE, WORKLOAD], "shop").mode == "DISABLE"
    assert service_mode([MESH, WORKLOAD], "shop").mode == "STRICT"


def test_strict_under_disable_misleads_callers() -> None:
    strict = rule("cart", "shop", "STRICT", selector=CART)
    at_pod = effective([NAMESPACE, strict], "shop", {"app": "cart"})
    reason = misled(service_mode([NAMESPACE, strict], "shop"), at_pod)
    assert reason is not None
    assert "shop/cart" in reason
    assert misled(service_mode([MESH, PORT], "shop"), effective([MESH, PORT], "shop", {"app": "cart"}, 9090)) is None


@pytest.mark.parametrize("raw", [{}, {"metadata": None, "spec": 3}, {"spec": {"mtls": "STRICT"}, "metadata": []}])
def test_ill_typed_objects_are_passed_over(raw: Raw) -> None:
    assert mode([raw]) == ("PERMISSIVE", "default")
    assert mode([raw, MESH]) == ("STRICT", "mesh")
