"""URLs in the spec of custom resources: low confidence, except in kinds that are known to be called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from planner.evidence import confidence
from planner.evidence.emit import sight
from planner.evidence.sighting import Form, Sighting
from planner.evidence.text import values
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import Path, map_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import as_workload

READER = "custom-resources"
_PLAIN_GROUPS = word_set(
    """apps batch extensions policy autoscaling apiextensions.k8s.io admissionregistration.k8s.io
    apiregistration.k8s.io networking.k8s.io rbac.authorization.k8s.io storage.k8s.io scheduling.k8s.io node.k8s.io
    coordination.k8s.io discovery.k8s.io events.k8s.io certificates.k8s.io flowcontrol.apiserver.k8s.io
    gateway.networking.k8s.io networking.istio.io security.istio.io telemetry.istio.io extensions.istio.io
    install.istio.io route.openshift.io traefik.io traefik.containo.us projectcontour.io kustomize.config.k8s.io
    snapshot.storage.k8s.io templates.gatekeeper.sh constraints.gatekeeper.sh kyverno.io cilium.io
    crd.projectcalico.org metallb.io"""
)
_CALLERS = {
    "GitRepository": "source-controller",
    "HelmRepository": "source-controller",
    "OCIRepository": "source-controller",
    "Bucket": "source-controller",
    "Issuer": "cert-manager-controller",
    "ClusterIssuer": "cert-manager-controller",
    "SecretStore": "external-secrets",
    "ClusterSecretStore": "external-secrets",
    "ScaledObject": "keda",
    "Application": "argocd-repo-server",
}
_HANDLED = frozenset(["ServiceMonitor", "PodMonitor", "Probe", "PrometheusRule"])
_MOST, _DEEPEST = 2000, 14
KINDS = tuple(_CALLERS)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the URLs and host:port pairs in custom resources; the caller is the controller, or else the resource."""
    for kind in world.inventory.kinds:
        for obj in world.inventory.of_kind(kind):
            if obj.group in _PLAIN_GROUPS or "." not in obj.group or kind in _HANDLED or as_workload(obj):
                continue
            yield from _resource(obj, world)


def _resource(obj: KubeObject, world: World) -> Iterator[Sighting]:
    sure = confidence.CUSTOM_KNOWN if obj.ref.kind in _CALLERS else confidence.CUSTOM_INSIDE
    table = dict.fromkeys(Form, sure)
    source = _caller(obj, world)
    for path, key, text in _strings(map_at(obj.raw, "spec")):
        for address in values.found(key, text):
            if address.form in (Form.URL, Form.PAIR) and address.sure:
                sighting = sight(READER, source, address, obj, ("spec", *path), table)
                yield replace(sighting, namespace=obj.ref.namespace)


def _caller(obj: KubeObject, world: World) -> Ref:
    """Name the controller's workload where its image or name gives it away."""
    mark = _CALLERS.get(obj.ref.kind, "")
    for workload in world.inventory.workloads if mark else ():
        if mark in workload.ref.name or any(mark in container.image for container in workload.containers):
            return workload.ref
    return obj.ref


def _strings(spec: Any) -> Iterator[tuple[Path, str, str]]:
    """Yield the strings below a value that could hold an address, with their paths and keys."""
    waiting: list[tuple[Path, str, Any]] = [((), "", spec)]
    seen = 0
    while waiting and seen < _MOST:
        path, key, value = waiting.pop()
        seen += 1
        if len(path) > _DEEPEST:
            continue
        if isinstance(value, dict):
            waiting += [((*path, str(name)), str(name), child) for name, child in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), key, child) for index, child in enumerate(value[:200])]
        elif isinstance(value, str) and ":" in value and len(value) < 5000:
            yield path, key, value
