import pytest

from tests.builders import flow
from tests.unit.bundle.worlds import World, deployment, messages, namespace, obj, plan_of

LABELS = {"app.kubernetes.io/version": "1"}


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, **LABELS}


def _d(name, **kwargs):
    return deployment(name, labels=kwargs.pop("labels", _labels(name)), **kwargs)


def _steps(*objects, flows=()):
    world = World((namespace("shop"), *objects), plan_of(("shop",)), flows)
    found = {s.name: s for s in world.bundles()[1].steps}
    return found.get("30-canary"), found.get("40-restart"), world.bundles()[1]


def _names(step):
    return [r.ref.name for r in step.rollouts] if step else []


def test_canary_is_stateless_with_spare_pods_and_few_callers():
    flows = (flow("shop/a", "shop/b", 80), flow("shop/z", "shop/b", 80))
    canary, rest, _ = _steps(_d("a", replicas=1), _d("b"), _d("z"), _d("set", kind="StatefulSet"), flows=flows)
    assert _names(canary) == ["z"]
    assert set(_names(rest)) == {"a", "b", "set"}


def test_callees_before_callers_and_stateful_sets_last():
    flows = (flow("shop/web", "shop/cart", 80), flow("shop/cart", "shop/stock", 80), flow("shop/web", "shop/db", 80))
    objects = (
        _d("web", replicas=1),
        _d("cart", replicas=1),
        _d("stock", replicas=1),
        _d("can"),
        _d("db", kind="StatefulSet"),
    )
    canary, rest, _ = _steps(*objects, flows=flows)
    assert _names(canary) == ["can"] and _names(rest) == ["stock", "cart", "web", "db"]


def test_server_first_callees_come_after_their_callers():
    flows = (flow("shop/web", "shop/db", 3306, protocol="mysql"),)
    _, rest, _ = _steps(_d("web", replicas=1), _d("db", replicas=1), _d("can"), flows=flows)
    assert _names(rest) == ["web", "db"]


def test_a_circle_still_has_an_order():
    flows = (flow("shop/a", "shop/b", 80), flow("shop/b", "shop/a", 80))
    _, rest, _ = _steps(_d("a", replicas=1), _d("b", replicas=1), _d("can"), flows=flows)
    assert _names(rest) == ["a", "b"]


def test_patched_workloads_restart_by_their_patch_alone():
    canary, rest, _ = _steps(deployment("plain"), _d("done", replicas=1))
    assert [r.by_patch for r in canary.rollouts] == [True] and canary.restarts == ()
    assert [r.by_patch for r in rest.rollouts] == [False] and [r.name for r in rest.restarts] == ["done"]
    assert canary.rollouts[0].selector == "k8s-app=plain"


@pytest.mark.parametrize(
    ("kwargs", "words", "moved"),
    [
        ({"kind": "DaemonSet", "updateStrategy": {"type": "OnDelete"}}, "OnDelete", False),
        ({"kind": "StatefulSet", "updateStrategy": {"type": "OnDelete"}}, "OnDelete", False),
        ({"paused": True}, "is paused", False),
        ({"replicas": 1, "strategy": {"type": "Recreate"}}, "plan a short outage", True),
        ({"kind": "StatefulSet", "updateStrategy": {"rollingUpdate": {"partition": 2}}}, "partition 2", True),
        ({"kind": "ReplicaSet"}, "delete them one by one", False),
    ],
)
def test_what_a_person_must_do(kwargs, words, moved):
    canary, rest, _ = _steps(_d("odd", **kwargs))
    sentences = [m for step in (canary, rest) if step for m in step.manual]
    assert any(words in s for s in sentences)
    assert ("odd" in _names(canary) + _names(rest)) is moved


@pytest.mark.parametrize(
    ("kind", "api", "words"),
    [
        ("Rollout", "argoproj.io/v1alpha1", "kubectl argo rollouts restart r -n shop"),
        ("DeploymentConfig", "apps.openshift.io/v1", "oc rollout latest dc/r -n shop"),
        ("Service", "serving.knative.dev/v1", "spec.template.metadata.annotations"),
        ("Odd", "example.com/v1", "Odd shop/r (example.com): touch its pod template"),
    ],
)
def test_custom_workloads_are_restarted_by_their_controller(kind, api, words):
    rollout = obj(
        {
            "apiVersion": api,
            "kind": kind,
            "metadata": {"name": "r"},
            "spec": {"template": {"metadata": {"labels": _labels("r")}, "spec": {"containers": [{"name": "a"}]}}},
        }
    )
    canary, rest, _ = _steps(rollout)
    assert canary is None and words in " ".join(rest.manual)
    assert rest.back and all(s.startswith("once the label is gone: ") for s in rest.back) and words in rest.back[0]


def test_a_label_that_a_person_adds_is_taken_away_on_the_way_back():
    pod = obj("{apiVersion: v1, kind: Pod, metadata: {name: bare, labels: {version: '1'}}, "
              "spec: {containers: [{name: a, image: a}]}}")  # fmt: skip
    _, rest, _ = _steps(pod)
    assert any("add to the labels of its pod template" in s for s in rest.manual)
    assert "Pod shop/bare: in the labels of its pod template take app away again." in rest.back
    assert not any("add to the labels" in s for s in rest.back)


@pytest.mark.parametrize(
    ("spec", "noted"), [("maxUnavailable: 0", True), ("minAvailable: 2", True), ("minAvailable: 1", False)]
)
def test_a_budget_that_forbids_is_noted(spec, noted):
    budget = obj(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: "
        "{selector: {matchLabels: {app.kubernetes.io/name: a}}, " + spec + "}}"
    )
    _, _, bundle = _steps(_d("a"), budget)
    assert ("allows no pod of" in messages(bundle)) is noted


def test_undo_takes_the_label_away_before_the_restarts():
    _, _, bundle = _steps(_d("a"), _d("b"))
    assert bundle.undo_order == ("20-label", "40-restart", "30-canary", "10-guard")


def test_what_never_joins_is_not_restarted():
    canary, rest, _ = _steps(
        _d("a"), _d("host", pod={"hostNetwork": True}), _d("out", labels={"sidecar.istio.io/inject": "false"})
    )
    assert _names(canary) + _names(rest) == ["a"]
