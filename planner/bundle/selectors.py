"""Everything that picks pods by their labels, so that no new label moves a pod into or out of it.

Source: Kubernetes API (Service, PodDisruptionBudget, NetworkPolicy, pod affinity, topology spread), Prometheus
Operator (PodMonitor), Istio (selectors of policies, Sidecars, Gateways and filters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.mesh.label_selector import matches
from planner.model.fields import dig, map_at, maps_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

_BY_SPEC_SELECTOR = (
    "AuthorizationPolicy", "PeerAuthentication", "PodDisruptionBudget", "PodMonitor", "RequestAuthentication",
    "Telemetry", "WasmPlugin",
)  # fmt: skip
_BY_PLAIN_LABELS = {"Gateway": ("spec", "selector")}
_BY_WORKLOAD_SELECTOR = ("EnvoyFilter", "Sidecar", "ServiceEntry", "DestinationRule")
KINDS = (
    *_BY_SPEC_SELECTOR, *_BY_PLAIN_LABELS, *_BY_WORKLOAD_SELECTOR, "NetworkPolicy", "VirtualService",
)  # fmt: skip
"""Kinds whose objects a bundle looks at before it adds a label or an object of its own."""

_TERMS = ("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution")


@dataclass(frozen=True, slots=True, eq=False)
class Picker:
    """One selector, with the name of what it belongs to."""

    owner: str
    selector: Mapping[str, Any]

    def minds(self, before: Mapping[str, str], after: Mapping[str, str]) -> bool:
        """Tell whether the change of labels changes what it picks."""
        return matches(self.selector, before) != matches(self.selector, after)


def pickers(inventory: Inventory, namespace: str) -> tuple[Picker, ...]:
    """List every selector that may pick pods of a namespace, also from other namespaces where that is possible."""
    found = [
        *(Picker(str(s.ref), {"matchLabels": s.selector}) for s in inventory.services_in(namespace)),
        *_policies(inventory, namespace),
        *_network_policies(inventory, namespace),
    ]
    for workload in inventory.workloads_in(namespace):
        found.extend(_of_workload(workload, True))
    for workload in inventory.workloads:
        if "affinity" in workload.pod_spec and workload.ref.namespace != namespace:
            found.extend(_of_workload(workload, False))
    return tuple(picker for picker in found if picker.selector)


def _policies(inventory: Inventory, namespace: str) -> Iterator[Picker]:
    for obj in inventory.of_kind(*_BY_SPEC_SELECTOR):
        if obj.ref.namespace == namespace or obj.ref.kind == "PodMonitor":
            yield Picker(str(obj.ref), map_at(obj.raw, "spec", "selector"))
    for kind, path in _BY_PLAIN_LABELS.items():
        for obj in inventory.of_kind(kind):
            if obj.group == "networking.istio.io":
                yield _plain(obj, path)
    for obj in inventory.of_kind(*_BY_WORKLOAD_SELECTOR):
        if obj.ref.namespace == namespace:
            yield _plain(obj, ("spec", "workloadSelector", "labels"))
            yield Picker(str(obj.ref), _labels(map_at(obj.raw, "spec", "workloadSelector", "matchLabels")))


def _plain(obj: KubeObject, path: tuple[str, ...]) -> Picker:
    return Picker(str(obj.ref), _labels(map_at(obj.raw, *path)))


def _labels(labels: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"matchLabels": labels} if labels else {}


def _network_policies(inventory: Inventory, namespace: str) -> Iterator[Picker]:
    """Yield the pods that a policy is for, and the peers that it lets in or out, from any namespace."""
    for obj in inventory.of_kind("NetworkPolicy"):
        if obj.ref.namespace == namespace:
            yield Picker(str(obj.ref), map_at(obj.raw, "spec", "podSelector"))
        for side, peers in (("ingress", "from"), ("egress", "to")):
            for _, rule in maps_at(obj.raw, "spec", side):
                for _, peer in maps_at(rule, peers):
                    if obj.ref.namespace == namespace or dig(peer, "namespaceSelector") is not None:
                        yield Picker(str(obj.ref), map_at(peer, "podSelector"))


def _of_workload(workload: Workload, same_namespace: bool) -> Iterator[Picker]:
    owner, spec = str(workload.ref), workload.pod_spec
    if same_namespace:
        selector = map_at(workload.object.raw, "spec", "selector")
        plain = workload.ref.kind == "ReplicationController"
        yield Picker(owner, _labels(selector) if plain else selector)
        for _, spread in maps_at(spec, "topologySpreadConstraints"):
            yield Picker(owner, map_at(spread, "labelSelector"))
    for side in ("podAffinity", "podAntiAffinity"):
        for term in _TERMS:
            for _, item in maps_at(spec, "affinity", side, term):
                inner = map_at(item, "podAffinityTerm") or item
                if same_namespace or dig(inner, "namespaces") or dig(inner, "namespaceSelector") is not None:
                    yield Picker(owner, map_at(inner, "labelSelector"))
