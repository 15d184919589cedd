"""Mesh objects that exist already and make callers send plaintext, so that STRICT would cut them off.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go (a DestinationRule's TLS setting decides completely),
pilot/pkg/model/sidecar.go (what a Sidecar does not list is unknown traffic, and that gets no mTLS).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.graph.traffic import TrafficGraph
from planner.mesh.hostnames import covers
from planner.model.fields import list_at, map_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject

_PLAINTEXT = ("DISABLE", "SIMPLE", "MUTUAL")


def obstacles(namespace: str, graph: TrafficGraph, inventory: Inventory) -> tuple[str, ...]:
    """Name what must go or change before a namespace may become STRICT, in words."""
    names = tuple(service.ref.name for service in inventory.services_in(namespace))
    return (*_rules(namespace, names, inventory), *_sidecars(namespace, graph, inventory))


def _rules(namespace: str, services: tuple[str, ...], inventory: Inventory) -> Iterator[str]:
    for obj in inventory.of_kind("DestinationRule"):
        host = text_at(obj.raw, "spec", "host")
        if _mode(obj) in _PLAINTEXT and any(_meant(host, name, namespace, obj) for name in services):
            yield f"waits for DestinationRule {obj.ref.text} to go: it keeps callers from mTLS ({_mode(obj)})"


def _mode(obj: KubeObject) -> str:
    """Return the first TLS mode of a rule that keeps callers from mTLS, or an empty string."""
    policy = map_at(obj.raw, "spec", "trafficPolicy")
    modes = [text_at(policy, "tls", "mode")]
    modes += [text_at(item, "tls", "mode") for _, item in maps_at(policy, "portLevelSettings")]
    return next((mode for mode in modes if mode in _PLAINTEXT), "")


def _meant(host: str, service: str, namespace: str, rule: KubeObject) -> bool:
    full = f"{service}.{namespace}.svc.cluster.local"
    short = host == service and rule.ref.namespace == namespace
    return short or host in (full, f"{service}.{namespace}.svc", f"{service}.{namespace}") or covers(host, full)


def _sidecars(namespace: str, graph: TrafficGraph, inventory: Inventory) -> Iterator[str]:
    callers = set(graph.callers_of(namespace))
    for obj in inventory.of_kind("Sidecar"):
        egress = list(maps_at(obj.raw, "spec", "egress"))
        hosts = [host for _, item in egress for host in list_at(item, "hosts") if isinstance(host, str)]
        reachable = any(host.partition("/")[0] in ("*", namespace) for host in hosts)
        if egress and obj.ref.namespace in callers and not reachable:
            yield f"waits for Sidecar {obj.ref.text} to list {namespace}: its callers there would send plaintext"
