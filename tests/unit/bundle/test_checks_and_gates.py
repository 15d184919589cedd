from planner.model.bundle import EgressCheck
from tests.builders import flow
from tests.unit.bundle.worlds import World, deployment, namespace, obj, plan_of


def test_hosts_are_asked_from_the_application_container():
    pods = deployment("web")
    containers = pods.raw["spec"]["template"]["spec"]["containers"]
    containers.insert(0, {"name": "istio-proxy", "image": "p"})
    flows = (
        flow("shop/web", "external:a.example.com", 443, protocol="https"),
        flow("shop/web", "external:b.example.com", 80, protocol="http"),
        flow("shop/web", "external:c.example.com", 5432, protocol="postgres"),
        flow("shop/web", "external:*.example.com", 443, protocol="https"),
        flow("shop/web", "external:10.0.0.0/8", 443),
        flow("shop/web", "external:d.example.com", None),
        flow("shop/web", "shop/cart", 80),
    )
    bundle = World((namespace("shop"), pods), plan_of(("shop",)), flows).bundles()[1]
    one = {"namespace": "shop", "resource": "deployment/web", "container": "app"}
    assert bundle.checks == (
        EgressCheck(**one, host="a.example.com", port=443, scheme="https"),
        EgressCheck(**one, host="b.example.com", port=80, scheme="http"),
        EgressCheck(**one, host="c.example.com", port=5432, scheme="tcp"),
    )


def test_a_cron_job_has_no_pod_to_ask():
    cron = obj("{apiVersion: batch/v1, kind: CronJob, metadata: {name: n}, spec: {jobTemplate: {spec: {template: "
               "{spec: {containers: [{name: a, image: a}]}}}}}}")  # fmt: skip
    call = flow("shop/n", "external:a.example.com", 443)
    assert not World((namespace("shop"), cron), plan_of(("shop",)), (call,)).bundles()[1].checks


def test_gates_belong_to_steps_and_strict_waits_for_proof():
    world = World((namespace("shop"), deployment("a"), deployment("b")), plan_of(("shop",), strict={"shop": 1}))
    bundle = world.bundles()[1]
    names = {step.name for step in bundle.steps}
    assert {gate.after for gate in bundle.gates} <= names
    assert len({gate.id for gate in bundle.gates}) == len(bundle.gates)
    proof = next(gate for gate in bundle.gates if gate.id == "plaintext-shop")
    assert proof.after == "40-restart" and 'connection_security_policy="none"' in proof.command
    assert "30-canary" in names and any("SYNCED" in gate.text for gate in bundle.gates)
