import pytest

from planner.model.bundle import EgressCheck
from planner.model.finding import Before, Finding, Outcome, Severity
from planner.model.plan import Unit
from planner.model.refs import Ref
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


def _gate(bundle, name):
    return next(gate for gate in bundle.gates if gate.id == name)


def test_strict_waits_for_a_week_without_plaintext_whatever_step_comes_before():
    opted = deployment("a", labels={"sidecar.istio.io/inject": "false"})
    bundle = World((namespace("shop"), opted), plan_of(("shop",), strict={"shop": 1})).bundles()[1]
    assert [s.name for s in bundle.steps] == ["10-guard", "20-label", "60-strict"]
    assert _gate(bundle, "plaintext-shop").after == "20-label"


def test_the_closing_phase_waits_for_a_week_without_plaintext_too():
    plan = plan_of(("shop",), strict={"shop": 1, "pay": 0}, already=("pay",))
    bundle = World((namespace("shop"), deployment("a"), deployment("b", namespace="pay")), plan).bundles()[2]
    assert [s.name for s in bundle.steps] == ["10-strict", "30-mesh-strict"]
    assert _gate(bundle, "plaintext-pay").after == ""
    mesh = _gate(bundle, "plaintext-mesh")
    assert mesh.after == "10-strict" and "destination_service_namespace" not in mesh.command


def _finding(before, subject=("shop", "b", "Deployment"), outcome=Outcome.BLOCKED, severity=Severity.HIGH):
    return Finding("MP1", "r", Ref(*subject), outcome, severity, 1.0, "is odd", (), "Mend it.", before)


@pytest.mark.parametrize(
    ("finding", "step", "after"),
    [
        (_finding(Before.LABEL), "20-label", "10-guard"),
        (_finding(Before.LABEL, ("", "shop", "Namespace")), "20-label", "10-guard"),
        (_finding(Before.RESTART), "40-restart", "30-canary"),
        (_finding(Before.RESTART, ("shop", "a", "Deployment")), "30-canary", "20-label"),
        (_finding(Before.RESTART, ("shop", "a", "Service")), "30-canary", "20-label"),
        (_finding(Before.STRICT, outcome=Outcome.UNKNOWN, severity=Severity.MEDIUM), "60-strict", "40-restart"),
    ],
)
def test_what_is_blocked_is_settled_before_its_step(finding, step, after):
    objects = (namespace("shop"), deployment("a"), deployment("b"))
    bundle = World(objects, plan_of(("shop",), strict={"shop": 1}), findings=(finding,)).bundles()[1]
    assert {s.name: len(s.settle) for s in bundle.steps if s.settle} == {step: 1} and not bundle.settle
    gate = _gate(bundle, f"settled-{finding.id}")
    assert gate.after == after and gate.text == f"settled: MP1 {finding.subject}: is odd"


@pytest.mark.parametrize(
    "finding",
    [
        _finding(Before.LABEL, outcome=Outcome.ADVICE),
        _finding(Before.LABEL, outcome=Outcome.READY),
        _finding(Before.LABEL, severity=Severity.LOW),
        _finding(Before.LABEL, ("ops", "b", "Deployment")),
        _finding(Before.LABEL, ("", "ops", "Namespace")),
    ],
)
def test_what_does_not_hold_a_phase_up_is_not_in_it(finding):
    objects = (namespace("shop"), deployment("a"), deployment("b"))
    bundle = World(objects, plan_of(("shop",)), findings=(finding,)).bundles()[1]
    assert not bundle.settle and not any(s.settle for s in bundle.steps)


def test_a_finding_belongs_to_its_wave_and_to_the_phase_that_closes():
    waves = (Unit("shop", ("Deployment/a",), 1, False),), (Unit("shop", ("Deployment/b",), 2, True),)
    found = (_finding(Before.RESTART), _finding(Before.STRICT, ("shop", "a", "Deployment")))
    world = World((namespace("shop"), deployment("a"), deployment("b")), plan_of(*waves, strict={"shop": 2}), (), found)
    settled = [[(s.name, item.id) for s in b.steps for item in s.settle] for b in world.bundles()]
    assert settled[1] == [] and [name for name, _ in settled[2]] == ["30-canary", "60-strict"]


def test_what_waits_for_no_step_is_named_all_the_same():
    bundle = World((namespace("shop"), deployment("b")), plan_of(("shop",)), (), (_finding(Before.ANY),)).bundles()[1]
    assert [item.rule for item in bundle.settle] == ["MP1"]
    assert not any(gate.id.startswith("settled") for gate in bundle.gates)
