from dataclasses import replace

import pytest

from planner.model.flow import Boundary
from planner.settings import Settings
from tests.builders import flow
from tests.unit.bundle.worlds import DEFAULTS, World, created, deployment, messages, namespace, obj, plan_of

BASE = (namespace("shop"), namespace("pay"), deployment("web"), deployment("cart"), deployment("api", namespace="pay"))


def _world(*flows, objects=(), settings=DEFAULTS):
    return World((*BASE, *objects), plan_of(("shop",), ("pay",), registry_only=("shop",)), flows, settings=settings)


def _specs(world, phase=1):
    return [dict(c.body["spec"]) for c in created(world.step(phase, "10-guard"), "ServiceEntry")]


def test_a_name_over_tls():
    (item,) = created(
        _world(flow("shop/web", "external:api.stripe.com", 443, protocol="https")).step(1, "10-guard"), "ServiceEntry"
    )
    assert item.ref.name == "ext-api-stripe-com" and item.ref.namespace == "shop"
    assert item.body["apiVersion"] == "networking.istio.io/v1"
    assert item.body["spec"] == {
        "hosts": ["api.stripe.com"],
        "exportTo": ["."],
        "location": "MESH_EXTERNAL",
        "ports": [{"number": 443, "name": "tls-443", "protocol": "TLS"}],
        "resolution": "DNS",
    }


def test_once_per_calling_namespace_in_the_phase_of_its_first_caller():
    flows = [flow(s, "external:a.example.com", 80) for s in ("shop/web", "shop/cart", "pay/api")]
    world = _world(*flows)
    assert len(_specs(world, 1)) == 1 and len(_specs(world, 2)) == 1


@pytest.mark.parametrize(
    ("host", "port", "protocol", "resolution", "token"),
    [
        ("*.example.com", 443, "https", "NONE", "TLS"),
        ("10.1.2.3", 5432, "postgres", "NONE", "TCP"),
        ("10.1.0.0/16", 9999, "unknown", "NONE", "TCP"),
        ("2001:db8::1", 80, "http", "NONE", "TCP"),
    ],
)
def test_wildcards_and_addresses(host, port, protocol, resolution, token):
    (spec,) = _specs(_world(flow("shop/web", f"external:{host}", port, protocol=protocol)))
    assert spec["resolution"] == resolution and spec["ports"][0]["protocol"] == token
    assert spec.get("addresses") == (None if host.startswith("*") else [host])
    assert spec["hosts"] == [host] if host.startswith("*") else spec["hosts"][0].endswith(".invalid")


def test_plain_tcp_to_a_name_is_refused_with_the_alternative():
    world = _world(flow("shop/web", "external:db.example.com", 5432, protocol="postgres"))
    assert not _specs(world)
    assert "give addresses" in messages(world.bundles()[1])
    closing = world.bundles()[-1]
    assert "stays open: db.example.com" in messages(closing) and not created(
        world.step(3, "20-registry-only"), "Sidecar"
    )


def test_a_bare_tcp_port_beside_a_named_one_is_left_out():
    flows = (
        flow("shop/web", "external:x.example.com", 443, protocol="https"),
        flow("shop/web", "external:x.example.com", 25, protocol="smtp"),
    )
    world = _world(*flows)
    assert [p["number"] for p in _specs(world)[0]["ports"]] == [443]
    assert "port 25 is left out" in messages(world.bundles()[1])


def test_under_registry_only_a_refused_host_is_work_by_hand():
    world = _world(
        flow("shop/web", "external:db.example.com", 5432, protocol="tcp"),
        settings=Settings(outbound_policy="REGISTRY_ONLY"),
    )
    guard = world.step(1, "10-guard")
    assert guard and "cannot reach it once its pods have a proxy" in " ".join(guard.manual)


ENTRY = """{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: %s},
  spec: {hosts: [%s], exportTo: [%s]}}"""


@pytest.mark.parametrize(
    ("where", "host", "export", "made"),
    [
        ("shop", "a.example.com", '"."', 0),
        ("pay", "a.example.com", '"*"', 0),
        ("pay", '"*.example.com"', '"*"', 0),
        ("pay", "a.example.com", '"."', 1),
        ("pay", "b.example.com", '"*"', 1),
    ],
)
def test_a_host_that_another_entry_has(where, host, export, made):
    world = _world(flow("shop/web", "external:a.example.com", 80), objects=(obj(ENTRY % (where, host, export)),))
    assert len(_specs(world)) == made


def test_no_port_no_entry():
    world = _world(flow("shop/web", "external:a.example.com", None))
    assert not _specs(world) and "no port is known" in messages(world.bundles()[1])


def test_names_do_not_collide_and_are_valid():
    hosts = ("a-b.example.com", "a.b.example.com", "x" * 60 + ".example.com", "x" * 60 + ".example.org")
    items = created(_world(*(flow("shop/web", f"external:{h}", 80) for h in hosts)).step(1, "10-guard"), "ServiceEntry")
    names = [c.ref.name for c in items]
    assert len(set(names)) == len(hosts) and all(len(n) <= 63 for n in names)
    assert "ext-a-b-example-com" in names


def test_a_caller_that_never_joins_needs_none():
    outside = deployment("agent", pod={"hostNetwork": True})
    assert not _specs(_world(flow("shop/agent", "external:a.example.com", 80), objects=(outside,)))


def test_older_meshes_get_their_version():
    world = _world(flow("shop/web", "external:a.example.com", 80), settings=Settings(istio_version="1.20"))
    assert created(world.step(1, "10-guard"), "ServiceEntry")[0].body["apiVersion"] == "networking.istio.io/v1beta1"


def test_what_stands_behind_a_service_is_in_the_registry_already():
    behind = replace(flow("shop/web", "shop/db", 5432), to_workloads=(), external_name="10.9.0.5,10.9.0.6",
                     boundary=Boundary.EGRESS)  # fmt: skip
    world = _world(behind)
    assert not _specs(world) and not world.bundles()[1].checks
    named = replace(flow("shop/web", "external:db.example.com", 5432), external_name="db.example.com")
    assert _specs(_world(named))
