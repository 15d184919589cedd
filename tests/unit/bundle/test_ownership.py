import pytest

from planner.bundle.ownership import owner
from tests.unit.bundle.worlds import World, deployment, namespace, patch, plan_of, service


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "Argo CD (application shop)"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:x/y"}}, "Argo CD (application shop)"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, "Flux (apps)"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "apps"}}, "Flux (apps)"),
        ({"annotations": {"meta.helm.sh/release-name": "web"}}, "Helm upgrade of release web"),
        ({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, "Helm upgrade"),
        ({}, ""),
    ],
)
def test_what_reverts_a_patch_is_said(metadata, words):
    known = owner(deployment("a", metadata=metadata))
    assert words in known.warning and bool(known.warning) == bool(words) and not known.operator


def test_a_warning_stands_on_the_patch():
    web = deployment("web", metadata={"annotations": {"meta.helm.sh/release-name": "web"}})
    world = World((namespace("shop"), web), plan_of(("shop",)))
    assert "Helm" in patch(world.step(1, "30-canary"), "web").warning


OWNED = {"ownerReferences": [{"apiVersion": "kafka.strimzi.io/v1", "kind": "Kafka", "name": "k", "controller": True}]}


@pytest.mark.parametrize("metadata", [OWNED, {"labels": {"app.kubernetes.io/managed-by": "kafka-operator"}}])
def test_what_an_operator_owns_is_not_patched(metadata):
    world = World((namespace("shop"), deployment("broker", metadata=metadata)), plan_of(("shop",)))
    step = world.step(1, "40-restart")
    assert world.step(1, "30-canary") is None
    assert step and not step.patches and not step.rollouts and "through that operator" in " ".join(step.manual)


def test_a_replica_set_of_a_deployment_is_no_operator():
    owned = {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "k", "controller": True}]}
    assert not owner(deployment("a", metadata=owned)).operator
    assert not owner(service("a", {"port": 80})).operator
