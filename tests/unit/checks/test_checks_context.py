from __future__ import annotations

from typing import Any

from planner.checks.context import Context
from planner.graph.traffic import TrafficGraph
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.settings import Settings


def obj(kind: str, name: str, namespace: str = "shop", **raw: Any) -> KubeObject:
    return KubeObject(Ref(namespace, name, kind), "v1", raw)


def context(*objects: KubeObject, **settings: Any) -> Context:
    return Context(Snapshot(objects), TrafficGraph(()), Settings(**settings))


def node(version: str) -> KubeObject:
    return obj("Node", version, "", status={"nodeInfo": {"kubeletVersion": version}})


def hook(labels: dict[str, str]) -> KubeObject:
    return obj("MutatingWebhookConfiguration", "istio", "", metadata={"labels": labels})


def test_the_oldest_kubelet_counts_and_nobody_else_is_guessed() -> None:
    assert context().kubelet is None
    assert str(context(node("v1.33.1"), node("v1.32.9+k3s1"), node("broken")).kubelet) == "1.32.9+k3s1"
    assert str(context(node("v1.33.1"), kubernetes_version="1.30").kubelet) == "1.30"


def test_cni_is_told_or_seen() -> None:
    image = {"containers": [{"name": "install", "image": "docker.io/istio/install-cni:1.31.0"}]}
    seen = obj("DaemonSet", "istio-cni-node", "istio-system", spec={"template": {"spec": image}})
    assert context().cni is None
    assert context(seen).cni is True
    assert context(seen, cni=False).cni is False


def test_revisions_are_those_of_the_webhooks() -> None:
    installed = context(hook({"istio.io/rev": "canary"})).installed
    assert installed.knows("canary")
    assert not installed.knows("default")
    assert context(hook({"istio.io/rev": "canary", "istio.io/tag": "default"})).installed.knows("default")


def test_without_a_webhook_nobody_can_say_that_a_revision_is_missing() -> None:
    labelled = obj("Namespace", "shop", "", metadata={"labels": {"istio.io/rev": "ghost"}})
    assert context(labelled).installed.knows("ghost")
    assert context(labelled).installed.knows("default")


def test_kubernetes_own_namespaces_are_left_alone_and_questions_are_recorded() -> None:
    asked = context(
        obj("Pod", "a"),
        obj("Pod", "b", "kube-system"),
        obj("Namespace", "kube-system", ""),
        obj("Namespace", "shop", ""),
    )
    assert [w.ref.name for w in asked.workloads] == ["a"]
    assert [n.ref.name for n in asked.of_kind("Namespace")] == ["shop"]
    assert "Namespace" in asked.asked
    assert "Pod" in asked.asked
    assert "Service" not in asked.asked


def test_once_is_once() -> None:
    calls = []

    def make(given: Context) -> int:
        calls.append(given)
        return len(calls)

    asked = context()
    assert (asked.once(make), asked.once(make)) == (1, 1)
