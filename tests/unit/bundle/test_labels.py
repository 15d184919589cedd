import pytest

from planner.bundle.labels import version_of, wanted
from planner.mesh.versions import Version
from planner.model.plan import Unit
from planner.model.workloads import as_workload
from planner.settings import Settings
from tests.unit.bundle.worlds import World, deployment, messages, namespace, obj, patch, plan_of, service

NEW, OLD = Version(1, 31), Version(1, 29)
RECOMMENDED = {"app.kubernetes.io/name": "cart", "app.kubernetes.io/version": "2.0"}


def _workload(**kwargs):
    return as_workload(deployment(kwargs.pop("name", "cart"), **kwargs))


@pytest.mark.parametrize(
    ("labels", "istio", "expected"),
    [
        (RECOMMENDED, NEW, {}),
        (RECOMMENDED, OLD, {"app": "cart", "version": "2.0"}),
        ({"app": "x", "version": "y"}, OLD, {}),
        ({"k8s-app": "basket", "name": "no"}, NEW, {"app": "basket", "version": "1.4.2"}),
        ({"name": "basket"}, NEW, {"app": "basket", "version": "1.4.2"}),
        ({"tier": "db"}, NEW, {"app": "cart", "version": "1.4.2"}),
        ({"k8s-app": "not valid!"}, NEW, {"app": "cart", "version": "1.4.2"}),
    ],
)
def test_what_is_missing(labels, istio, expected):
    assert wanted(_workload(labels=labels), istio) == expected


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("nginx", "v1"),
        ("nginx:latest", "v1"),
        ("nginx:1.27-alpine", "1.27-alpine"),
        ("reg:5000/x/y:v2.3.1@sha256:abc", "v2.3.1"),
        ("reg:5000/x/y", "v1"),
        ("x:1.0_", "v1"),
        ("x:" + "1." * 40 + "1", "v1"),
    ],
)
def test_version_from_the_image(image, version):
    assert version_of(_workload(image=image)) == version


def test_a_long_name_becomes_a_valid_value():
    value = wanted(_workload(name="a" * 62 + "-b", labels={"x": "y"}), NEW)["app"]
    assert value == "a" * 62


def test_one_patch_that_restarts_and_leaves_the_selector():
    world = World((namespace("shop"), deployment("cart")), plan_of(("shop",)))
    item = patch(world.step(1, "30-canary"), "cart")
    labels = {"app": "cart", "version": "1.4.2"}
    assert item.body == {"spec": {"template": {"metadata": {"labels": labels}}}}
    assert item.undo == {"spec": {"template": {"metadata": {"labels": {"app": None, "version": None}}}}}
    assert item.restarts
    assert item.before == (
        ("spec.template.metadata.labels.app", "null"),
        ("spec.template.metadata.labels.version", "null"),
    )


PICKERS = {
    "Service": "{apiVersion: v1, kind: Service, metadata: {name: p}, spec: {selector: {app: cart}}}",
    "PodDisruptionBudget": "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, "
    "spec: {selector: {matchExpressions: [{key: app, operator: Exists}]}}}",
    "NetworkPolicy": "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, "
    "spec: {podSelector: {matchLabels: {app: cart}}}}",
    "NetworkPolicy peer": "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, "
    "spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: cart}}}]}]}}",
    "NetworkPolicy elsewhere": "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, "
    "namespace: pay}, spec: {podSelector: {}, egress: [{to: [{namespaceSelector: {}, podSelector: "
    "{matchExpressions: [{key: app, operator: DoesNotExist}]}}]}]}}",
    "Affinity": "{apiVersion: apps/v1, kind: Deployment, metadata: {name: p}, spec: {selector: {}, template: "
    "{metadata: {labels: {app: other, version: x}}, spec: {containers: [{name: a, image: a}], affinity: "
    "{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: "
    "{topologyKey: h, labelSelector: {matchLabels: {app: cart}}}}]}}}}}}",
    "Spread": "{apiVersion: apps/v1, kind: Deployment, metadata: {name: p}, spec: {selector: {}, template: "
    "{metadata: {labels: {app: other, version: x}}, spec: {containers: [{name: a, image: a}], "
    "topologySpreadConstraints: [{labelSelector: {matchLabels: {app: cart}}}]}}}}",
    "AuthorizationPolicy": "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p}, "
    "spec: {selector: {matchLabels: {app: cart}}}}",
    "Sidecar": "{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: p}, "
    "spec: {workloadSelector: {labels: {app: cart}}}}",
}


@pytest.mark.parametrize("picker", PICKERS.values(), ids=PICKERS)
def test_never_a_label_that_something_would_pick(picker):
    world = World((namespace("shop"), deployment("cart"), obj(picker)), plan_of(("shop",)))
    bundle = world.bundles()[1]
    patches = [p for s in bundle.steps for p in s.patches if p.ref.name == "cart"]
    assert [dict(p.body["spec"]["template"]["metadata"]["labels"]) for p in patches] == [{"version": "1.4.2"}]
    assert "label left out" in messages(bundle)


def test_a_selector_of_another_namespace_does_not_count():
    elsewhere = service("p", {"port": 80}, namespace="pay", selector={"app": "cart"})
    world = World((namespace("shop"), deployment("cart"), elsewhere), plan_of(("shop",)))
    item = patch(world.step(1, "30-canary"), "cart")
    assert "app" in item.body["spec"]["template"]["metadata"]["labels"]


def test_a_wave_that_is_not_the_last_asks_by_pod_label():
    first = Unit("shop", ("Deployment/cart",), wave=1, last=False)
    last = Unit("shop", ("Deployment/web",), wave=2, last=True)
    objects = (namespace("shop"), deployment("cart"), deployment("web"))
    world = World(objects, plan_of((first,), (last,)), settings=Settings(revision="blue"))
    cart = patch(world.step(1, "30-canary"), "cart").body["spec"]["template"]["metadata"]["labels"]
    assert cart == {"app": "cart", "version": "1.4.2", "sidecar.istio.io/inject": "true", "istio.io/rev": "blue"}
    assert world.step(1, "20-label") is None
    web = patch(world.step(2, "30-canary"), "web").body["spec"]["template"]["metadata"]["labels"]
    assert web == {"app": "web", "version": "1.4.2"}
    assert world.step(2, "20-label") is not None
    assert [r.ref.name for s in world.bundles()[2].steps for r in s.rollouts] == ["web"]


def test_a_bare_pod_is_done_by_hand():
    pod = obj("{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: a, image: a}]}}")
    step = World((namespace("shop"), pod), plan_of(("shop",))).step(1, "40-restart")
    assert step and not step.patches and not step.rollouts
    assert any("no controller" in sentence for sentence in step.manual)
    assert any('app: "bare"' in sentence for sentence in step.manual)
