"""Pods that another service mesh holds already.

What it finds:
    Labels and annotations of Linkerd, Kuma, Consul, App Mesh and Open Service Mesh on namespaces and pods, and
    their proxies among the containers.

Why it matters:
    Two proxies both redirect the same traffic. Calls are handled twice, with two identities that do not know
    each other, or they circle.

Blocked:
    template:
      metadata:
        annotations:
          linkerd.io/inject: enabled

Ready:
    template:
      metadata:
        labels:
          app: cart

How to fix:
    Leave the other mesh first, one namespace at a time, and restart without any proxy in between.

Source: documentation of each mesh on its injection labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.checks.context import Context, cite, finding
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP118",
    name="other-mesh-present",
    title="Another service mesh has a proxy in the pod",
    severity=Severity.HIGH,
    why="Two proxies redirect the same traffic.",
    fix="Take it out of the other mesh and restart it without a proxy before this one is asked for.",
    kinds=("Namespace", *WORKLOAD_KINDS),
    before=Before.LABEL,
)

_KEYS = {
    "linkerd.io/inject": "Linkerd",
    "linkerd.io/control-plane-ns": "Linkerd",
    "linkerd.io/proxy-deployment": "Linkerd",
    "kuma.io/sidecar-injection": "Kuma",
    "kuma.io/mesh": "Kuma",
    "consul.hashicorp.com/connect-inject": "Consul",
    "appmesh.k8s.aws/sidecarInjectorWebhook": "App Mesh",
    "openservicemesh.io/sidecar-injection": "Open Service Mesh",
}
_OFF = ("disabled", "false", "no")
_CONTAINERS = {
    "linkerd-proxy": "Linkerd",
    "kuma-sidecar": "Kuma",
    "consul-dataplane": "Consul",
    "envoy-sidecar": "Consul",
}


def check(context: Context) -> Iterator[Finding]:
    """Flag namespaces and workloads that another mesh holds."""
    for namespace in context.of_kind("Namespace"):
        metadata = {"labels": namespace.labels, "annotations": namespace.annotations}
        for mesh, path, text in _named(metadata, ("metadata",)):
            where = cite(RULE, namespace, path, text)
            yield finding(RULE, namespace.ref, f"belongs to {mesh} ({text})", (where,), detail=mesh)
    for workload in context.workloads:
        for mesh, path, text in _in_pod(workload):
            where = cite(RULE, workload.object, path, text)
            yield finding(
                RULE, workload.ref, f"has or asks for a proxy of {mesh} ({text})", (where,),
                outcome=Outcome.BLOCKED, detail=mesh,
            )  # fmt: skip


def _in_pod(workload: Workload) -> Iterator[tuple[str, Path, str]]:
    metadata = {"labels": workload.labels, "annotations": workload.annotations}
    found = [*_named(metadata, (*workload.template_path, "metadata"))]
    found.extend(
        (_CONTAINERS[container.name], (*container.path, "name"), f"container {container.name}")
        for container in workload.containers
        if container.name in _CONTAINERS
    )
    once: dict[str, tuple[str, Path, str]] = {}
    for item in found:
        once.setdefault(item[0], item)
    yield from once.values()


def _named(metadata: Mapping[str, Mapping[str, str]], base: Path) -> Iterator[tuple[str, Path, str]]:
    seen = set[str]()
    for kind, values in metadata.items():
        for key, mesh in _KEYS.items():
            if key in values and values[key] not in _OFF and mesh not in seen:
                seen.add(mesh)
                yield mesh, (*base, kind, key), f"{key}={values[key]}"
