from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.model.plan import NamespaceClass
from planner.model.snapshot import Snapshot
from planner.plan.classes import classify, joined_already, owner_of

DEPLOYMENT = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      serviceAccountName: {account}
      {extra}
      containers: [{{name: c, image: "{image}"}}]
"""
BINDING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: robot, namespace: ops}]
"""
WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: x, clientConfig: {service: {name: guard, namespace: ops}}}]
---
apiVersion: v1
kind: Service
metadata: {name: guard, namespace: ops}
spec: {selector: {app: d}, ports: [{port: 443}]}
"""


def deployment(
    namespace: str = "ops",
    image: str = "registry.x/app:1",
    name: str = "d",
    account: str = "default",
    kind: str = "Deployment",
    extra: str = "",
) -> str:
    return DEPLOYMENT.format(
        kind=kind, name=name, namespace=namespace, image=image, account=account, extra=extra or "hostNetwork: false"
    )


def class_of(snapshot: Snapshot, namespace: str = "ops", **told: NamespaceClass) -> NamespaceClass:
    return {item.namespace: item.kind for item in classify(snapshot.inventory, told, "istio-system")}[namespace]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([deployment()], "application"),
        ([deployment(account="robot"), BINDING], "platform"),
        ([deployment(), WEBHOOK], "platform"),
        ([deployment(kind="DaemonSet", extra="hostNetwork: true")], "platform"),
        ([deployment(image="quay.io/prometheus/prometheus:v3")], "platform"),
        ([deployment(image="registry.k8s.io/ingress-nginx/controller:v1")], "edge"),
        ([deployment(image="docker.io/traefik:3")], "edge"),
        ([deployment(name="istiod")], "system"),
        ([deployment(account="robot"), deployment(name="e"), deployment(name="f"), BINDING], "application"),
    ],
)
def test_a_namespace_is_classed_by_what_runs_in_it(
    snapshot_of: Callable[..., Snapshot], texts: list[str], expected: str
) -> None:
    assert class_of(snapshot_of(*texts)) == expected


def test_the_users_word_counts_first(snapshot_of: Callable[..., Snapshot]) -> None:
    snapshot = snapshot_of(deployment(image="docker.io/traefik:3"))
    assert class_of(snapshot, ops=NamespaceClass.APPLICATION) == "application"


def test_reserved_prefix_is_system(snapshot_of: Callable[..., Snapshot]) -> None:
    assert class_of(snapshot_of(deployment(namespace="kube-system")), "kube-system") == "system"


@pytest.mark.parametrize(
    ("labels", "joined"),
    [
        ("istio-injection: enabled", True),
        ("istio-injection: enable", False),
        ("istio.io/rev: stable", True),
        ("istio-injection: disabled, istio.io/rev: stable", False),
        ("istio.io/dataplane-mode: ambient", True),
        ("team: x", False),
    ],
)
def test_a_namespace_that_is_in_already_is_a_fact(
    snapshot_of: Callable[..., Snapshot], labels: str, joined: bool
) -> None:
    snapshot = snapshot_of(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: ops, labels: {{{labels}}}}}\n")
    assert joined_already(snapshot.inventory, "ops") is joined
    assert owner_of(snapshot.inventory, "ops", "", {}) == ("x" if "team" in labels else "")
