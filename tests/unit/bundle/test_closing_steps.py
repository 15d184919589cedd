import pytest

from planner.settings import Settings
from tests.builders import flow
from tests.unit.bundle.worlds import DEFAULTS, World, created, deployment, messages, namespace, obj, patch, plan_of

SIDECAR = "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: %s}, spec: %s}"


def _world(*objects, flows=(), settings=DEFAULTS, strict=None, registry_only=("shop",)):
    plan = plan_of(("shop",), strict={"shop": 1} if strict is None else strict, registry_only=registry_only)
    return World((namespace("shop"), deployment("web"), *objects), plan, flows, (), settings)


def test_egress_is_closed_with_everything_in_sight():
    (item,) = created(_world().step(2, "20-registry-only"), "Sidecar")
    assert item.body["spec"] == {"egress": [{"hosts": ["*/*"]}], "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}


@pytest.mark.parametrize("where", ["shop", "istio-system"])
def test_an_existing_sidecar_is_not_replaced(where):
    step = _world(obj(SIDECAR % (where, "{egress: [{hosts: ['./*']}]}"))).step(2, "20-registry-only")
    assert step and not created(step, "Sidecar") and "REGISTRY_ONLY" in step.manual[0]


def test_one_of_a_single_workload_does_not_stand_in_the_way():
    picked = obj(SIDECAR % ("shop", "{workloadSelector: {labels: {a: b}}, egress: [{hosts: ['./*']}]}"))
    assert created(_world(picked).step(2, "20-registry-only"), "Sidecar")


def test_not_while_a_host_is_not_known_to_the_mesh():
    world = _world(flows=(flow("shop/web", "external:db.example.com", 5432, protocol="tcp"),))
    assert world.step(2, "20-registry-only") is None and "stays open" in messages(world.bundles()[2])


def test_not_where_the_mesh_does_it():
    world = _world(settings=Settings(outbound_policy="REGISTRY_ONLY"))
    assert world.step(2, "20-registry-only") is None


def test_the_default_of_the_mesh_when_everybody_is_strict():
    (item,) = created(_world().step(2, "30-mesh-strict"), "PeerAuthentication")
    assert (item.ref.namespace, item.ref.name) == ("istio-system", "default")
    assert item.body["spec"] == {"mtls": {"mode": "STRICT"}}
    waiting = _world(strict={})
    assert waiting.step(2, "30-mesh-strict") is None and "shop cannot be STRICT" in messages(waiting.bundles()[2])


def test_an_existing_default_of_the_mesh_is_patched():
    meta = {"name": "d", "namespace": "istio-system"}
    spec = {"mtls": {"mode": "PERMISSIVE"}}
    root = obj({"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": meta, "spec": spec})
    assert patch(_world(root).step(2, "30-mesh-strict"), "d").undo == {"spec": {"mtls": {"mode": "PERMISSIVE"}}}


def test_hosts_of_namespaces_that_were_in_before_get_their_entries_here():
    plan = plan_of(("shop",), already=("pay",), registry_only=("pay",))
    objects = (namespace("shop"), deployment("web"), deployment("api", namespace="pay"))
    world = World(objects, plan, (flow("pay/api", "external:a.example.com", 443, protocol="https"),))
    step = world.step(2, "20-registry-only")
    assert [c.ref.kind for c in step.created] == ["ServiceEntry", "Sidecar"]
