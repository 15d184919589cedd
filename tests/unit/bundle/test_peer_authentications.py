from dataclasses import replace

import pytest

from planner.mesh.peer_authentication import effective, service_mode
from planner.model.refs import Ref
from tests.builders import flow
from tests.unit.bundle.appliers import applied
from tests.unit.bundle.worlds import World, created, deployment, messages, namespace, obj, patch, plan_of, service

PA = "{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: %s, namespace: %s}, spec: %s}"
MYSQL = {"image": "mysql:8.4", "container_ports": (3306,)}
BASE = (
    namespace("shop"), namespace("pay"), namespace("ops"), deployment("web"), deployment("api", namespace="pay"),
    deployment("agent", namespace="ops"), service("api", {"port": 80, "targetPort": 8080}, namespace="pay"),
)  # fmt: skip


def _world(*flows, objects=(), strict=None, phases=(("pay",), ("shop",))):
    return World((*BASE, *objects), plan_of(*phases, strict=strict or {}), flows)


def test_explicit_permissive_before_the_label():
    (item,) = created(_world().step(1, "10-guard"), "PeerAuthentication")
    assert (item.ref.namespace, item.ref.name) == ("pay", "default")
    assert item.body["spec"] == {"mtls": {"mode": "PERMISSIVE"}}


@pytest.mark.parametrize("spec", ["{mtls: {mode: STRICT}}", "{mtls: {mode: UNSET}}", "{}"])
def test_an_existing_object_that_may_shut_is_opened_and_closed_again(spec):
    world = _world(objects=(obj(PA % ("old", "pay", spec)),), strict={"pay": 1})
    guard, strict = world.step(1, "10-guard"), world.step(1, "60-strict")
    assert not created(guard, "PeerAuthentication")
    opened = applied(world.objects[-1].raw, patch(guard, "old").body, patch(guard, "old").type)
    assert opened["spec"]["mtls"]["mode"] == "PERMISSIVE"
    assert patch(strict, "old").before == (("spec.mtls.mode", '"PERMISSIVE"'),)


def test_permissive_and_disable_are_left():
    for mode in ("PERMISSIVE", "DISABLE"):
        world = _world(objects=(obj(PA % ("old", "pay", f"{{mtls: {{mode: {mode}}}}}")),))
        assert world.step(1, "10-guard") is None


def test_strict_is_a_patch_of_what_was_made_before():
    strict = _world(strict={"pay": 2}).step(2, "60-strict")
    item = patch(strict, "default")
    assert item.ref.namespace == "pay" and not created(strict, "PeerAuthentication")
    assert item.body == {"spec": {"mtls": {"mode": "STRICT"}}} and item.undo == {
        "spec": {"mtls": {"mode": "PERMISSIVE"}}
    }


def test_a_name_that_is_taken_by_one_with_a_selector():
    taken = obj(PA % ("default", "pay", "{selector: {matchLabels: {x: z}}, mtls: {mode: STRICT}}"))
    world = _world(objects=(taken,), strict={"pay": 1})
    assert created(world.step(1, "10-guard"), "PeerAuthentication")[0].ref.name == "meshplan-default"
    assert patch(world.step(1, "60-strict"), "meshplan-default")


def test_a_caller_that_never_joins_is_an_exception_on_the_container_port_before_strict():
    world = _world(flow("ops/agent", "pay/api", 80), flow("shop/web", "pay/api", 80), strict={"pay": 2})
    step = world.step(2, "60-strict")
    (item,) = created(step, "PeerAuthentication")
    assert item.body["spec"] == {
        "selector": {"matchLabels": {"k8s-app": "api"}},
        "portLevelMtls": {"8080": {"mode": "PERMISSIVE"}},
    }
    assert "ops/agent" in item.why and "shop/web" not in item.why
    # Created objects come before patches in a step, so the exception stands before STRICT does.
    assert patch(step, "default")


def test_what_holds_at_the_pods_in_the_end():
    world = _world(flow("ops/agent", "pay/api", 80), strict={"pay": 1})
    state = {}
    for step in world.bundles()[1].steps:
        state |= {c.ref: dict(c.body) for c in step.created if c.ref.kind == "PeerAuthentication"}
        for p in step.patches:
            if p.ref in state:
                state[p.ref] = applied(state[p.ref], p.body, p.type)
    objects = list(state.values())
    assert service_mode(objects, "pay").mode == "STRICT"
    assert effective(objects, "pay", {"k8s-app": "api"}, 8080).mode == "PERMISSIVE"
    assert effective(objects, "pay", {"k8s-app": "api"}, 9090).mode == "STRICT"


@pytest.mark.parametrize("source", ["cluster:kube-apiserver", "ops/agent", "shop/daemon"])
def test_who_never_joins(source):
    daemon = deployment("daemon", pod={"hostNetwork": True})
    world = _world(flow(source, "pay/api", 80), objects=(daemon,), strict={"pay": 2})
    assert len(created(world.step(2, "60-strict"), "PeerAuthentication")) == 1


@pytest.mark.parametrize(
    "harmless", [flow("cluster:kubelet", "pay/api", 80), flow("ops/agent", "pay/api", 80, confidence=0.3)]
)
def test_probes_and_guesses_are_no_exception(harmless):
    assert not created(_world(harmless, strict={"pay": 2}).step(2, "60-strict"), "PeerAuthentication")


def _database(*extra):
    return (deployment("db", namespace="pay", **MYSQL), service("db", {"port": 3306}, namespace="pay"), *extra)


def test_server_first_is_disabled_until_its_last_caller_joins():
    call = flow("shop/web", "pay/db", 3306, protocol="mysql")
    world = _world(call, objects=_database(), strict={"pay": 2})
    guard = created(world.step(1, "10-guard"), "PeerAuthentication")
    exception = next(c for c in guard if c.ref.name != "default")
    assert exception.body["spec"]["portLevelMtls"] == {"3306": {"mode": "DISABLE"}}
    ended = patch(world.step(2, "60-strict"), exception.ref.name)
    assert ended.body == {"spec": {"portLevelMtls": {"3306": {"mode": "UNSET"}}}}
    assert ended.undo == {"spec": {"portLevelMtls": {"3306": {"mode": "DISABLE"}}}}
    order = [p.ref.name for p in world.step(2, "60-strict").patches]
    assert order.index(exception.ref.name) < order.index("default")


def test_server_first_stays_disabled_for_a_caller_that_never_joins():
    world = _world(flow("ops/agent", "pay/db", 3306, protocol="mysql"), objects=_database(), strict={"pay": 2})
    assert any(
        "3306" in c.body["spec"].get("portLevelMtls", {})
        for c in created(world.step(1, "10-guard"), "PeerAuthentication")
    )
    strict = world.step(2, "60-strict")
    assert [p.ref.name for p in strict.patches] == ["default"] and not strict.created


def test_callers_in_the_same_phase_have_an_exception_until_its_end():
    call = flow("shop/web", "pay/db", 3306, protocol="mysql")
    world = _world(call, objects=_database(), phases=(("pay", "shop"),))
    names = {c.ref.name for c in created(world.step(1, "10-guard"), "PeerAuthentication")}
    assert names == {"default", "plaintext-deployment-db"}
    ended = patch(world.step(1, "60-strict"), "plaintext-deployment-db")
    assert ended.body == {"spec": {"portLevelMtls": {"3306": {"mode": "UNSET"}}}}


def test_a_headless_service_gets_a_rule_too():
    headless = service("db-nodes", {"port": 3306}, namespace="pay", clusterIP="None", selector={"k8s-app": "db"})
    call = flow("shop/web", "pay/db", 3306, protocol="mysql")
    world = _world(call, objects=_database(headless), strict={"pay": 2})
    (rule,) = created(world.step(1, "10-guard"), "DestinationRule")
    assert rule.body["spec"]["host"] == "db-nodes.pay.svc.cluster.local"
    settings = [{"port": {"number": 3306}, "tls": {"mode": "DISABLE"}}]
    assert rule.body["spec"]["trafficPolicy"] == {"portLevelSettings": settings}
    assert patch(world.step(2, "60-strict"), rule.ref.name).body == {"spec": {"trafficPolicy": None}}


def test_the_existing_object_of_a_workload_is_patched_rather_than_shadowed():
    own = obj(PA % ("own", "pay", "{selector: {matchLabels: {k8s-app: api}}, mtls: {mode: STRICT}}"))
    strict = _world(flow("ops/agent", "pay/api", 80), objects=(own,), strict={"pay": 2}).step(2, "60-strict")
    assert not created(strict, "PeerAuthentication")
    assert patch(strict, "own").body == {"spec": {"portLevelMtls": {"8080": {"mode": "PERMISSIVE"}}}}


def test_a_port_that_cannot_be_known_is_work_by_hand():
    named = service("odd", {"port": 80, "targetPort": "web"}, namespace="pay", selector={"k8s-app": "api"})
    call = replace(flow("ops/agent", "pay/odd", 80), to_workloads=(Ref("pay", "api", "Deployment"),))
    strict = _world(call, objects=(named,), strict={"pay": 2}).step(2, "60-strict")
    assert strict and "port that is not known" in " ".join(strict.manual)


def test_never_disable_for_a_namespace():
    world = _world(flow("ops/agent", "pay/db", 3306, protocol="mysql"), objects=_database(), strict={"pay": 2})
    for bundle in world.bundles():
        for step in bundle.steps:
            for item in step.created:
                spec = item.body["spec"]
                assert spec.get("mtls", {}).get("mode") != "DISABLE"
                assert "portLevelMtls" not in spec or spec["selector"]["matchLabels"]


def test_in_the_mesh_before_the_plan_and_closed_at_its_end():
    plan = plan_of(("shop",), already=("pay",), strict={"pay": 0, "shop": 1})
    world = World((*BASE[1:], namespace("shop")), plan, (flow("ops/agent", "pay/api", 80),))
    step = world.step(2, "10-strict")
    modes = [c.body["spec"] for c in created(step, "PeerAuthentication")]
    assert {"mtls": {"mode": "STRICT"}} in modes and any("portLevelMtls" in m for m in modes)
    assert not any(c.ref.namespace == "pay" for c in created(world.step(1, "10-guard"), "PeerAuthentication"))
    assert "STRICT already" not in messages(world.bundles()[2])


@pytest.mark.parametrize("caller", ["ops/agent", "shop/web"])
def test_the_reason_of_strict_does_not_hide_the_exceptions(caller):
    world = _world(flow(caller, "pay/api", 80), strict={"pay": 2}, phases=(("pay",), ("shop",)))
    why = patch(world.step(2, "60-strict"), "default").why
    assert ("apart from the named ports that stay open" in why) is (caller == "ops/agent")
