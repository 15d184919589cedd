"""What Prometheus' Kubernetes discovery would list of the objects that were read, with its meta labels.

Source: prometheus/prometheus discovery/kubernetes (service.go, endpoints.go, pod.go, ingress.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.evidence.relabel import label_name
from planner.evidence.world import World
from planner.model.fields import int_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER, KUBELET, Ref
from planner.model.services import Service, ServicePort
from planner.model.workloads import Workload

STAND_IN = "100.127.255.1"
"""Address of a listed target; where it survives the rules, the target itself is scraped."""

_M = "__meta_kubernetes_"
_API_SERVER_LABELS = {
    f"{_M}namespace": "default",
    f"{_M}service_name": "kubernetes",
    f"{_M}endpoints_name": "kubernetes",
    f"{_M}endpoint_port_name": "https",
    f"{_M}endpointslice_port_name": "https",
    f"{_M}service_port_name": "https",
    f"{_M}service_label_component": "apiserver",
    f"{_M}service_label_provider": "kubernetes",
    "__address__": f"{STAND_IN}:443",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed target.

    Attributes:
        ref: Service, workload, API server or kubelet.
        labels: Meta labels and address.
        port: Port that stands for it where the rules leave the address alone.
        object: Object whose labels and annotations decide; None for parts of Kubernetes itself.
        workload: Workload behind it, where one is.
    """

    ref: Ref
    labels: Mapping[str, str]
    port: int | None
    object: KubeObject | None = None
    workload: Workload | None = None


def listed(role: str, namespaces: tuple[str, ...], world: World) -> Iterator[Listed]:
    """Yield what a discovery role lists; an unknown role lists nothing."""
    if role in ("endpoints", "endpointslice", "service"):
        yield from (t for t in _services(world) if not namespaces or t.ref.namespace in namespaces)
        if not namespaces or "default" in namespaces:
            yield Listed(API_SERVER, _API_SERVER_LABELS, 443)
    elif role == "pod":
        yield from (t for t in _pods(world) if not namespaces or t.labels[f"{_M}namespace"] in namespaces)
    elif role == "node":
        yield Listed(KUBELET, {"__address__": f"{STAND_IN}:10250"}, 10250)
    elif role == "ingress":
        yield from _ingresses(world, namespaces)


def _services(world: World) -> Iterator[Listed]:
    for service in world.inventory.services:
        if (service.ref.namespace, service.ref.name) == ("default", "kubernetes"):
            continue
        behind = world.inventory.behind(service)
        workload = behind[0] if behind else None
        for port in service.ports:
            if port.l4 == "TCP":
                yield Listed(
                    service.ref, _service_labels(service, port, workload), port.number, service.object, workload
                )


def _service_labels(service: Service, port: ServicePort, workload: Workload | None) -> dict[str, str]:
    obj = service.object
    labels = {
        f"{_M}namespace": obj.ref.namespace,
        f"{_M}service_name": obj.ref.name,
        f"{_M}endpoints_name": obj.ref.name,
        f"{_M}endpoint_port_name": port.name,
        f"{_M}endpointslice_port_name": port.name,
        f"{_M}service_port_name": port.name,
        f"{_M}service_port_number": str(port.number),
        "__address__": f"{STAND_IN}:{port.number}",
    }
    _put(labels, "service", obj.labels, obj.annotations)
    _put(labels, "endpoints", obj.labels, {})
    _put(labels, "endpointslice", obj.labels, {})
    if workload:
        _put(labels, "pod", workload.labels, workload.annotations)
    return labels


def _put(labels: dict[str, str], what: str, own: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    for kind, values in (("label", own), ("annotation", annotations)):
        for key, value in values.items():
            labels[f"{_M}{what}_{kind}_{label_name(key)}"] = value
            labels[f"{_M}{what}_{kind}present_{label_name(key)}"] = "true"


def _pods(world: World) -> Iterator[Listed]:
    for workload in world.inventory.workloads:
        base = {f"{_M}namespace": workload.ref.namespace, f"{_M}pod_phase": "Running", "__address__": STAND_IN}
        _put(base, "pod", workload.labels, workload.annotations)
        declared = [(c.name, port) for c in workload.containers if not c.init for _, port in maps_at(c.raw, "ports")]
        ports = [(name, port) for name, port in declared if text_at(port, "protocol") in ("", "TCP")]
        for container, port in ports:
            number = int_at(port, "containerPort")
            labels = base | {
                f"{_M}pod_container_name": container,
                f"{_M}pod_container_port_name": text_at(port, "name"),
                f"{_M}pod_container_port_number": str(number or ""),
                "__address__": f"{STAND_IN}:{number}",
            }
            yield Listed(workload.ref, labels, number, workload.object, workload)
        if not declared:
            yield Listed(workload.ref, base, None, workload.object, workload)


def _ingresses(world: World, namespaces: tuple[str, ...]) -> Iterator[Listed]:
    for ingress in world.inventory.of_kind("Ingress"):
        if namespaces and ingress.ref.namespace not in namespaces:
            continue
        labels = {
            f"{_M}namespace": ingress.ref.namespace,
            f"{_M}ingress_name": ingress.ref.name,
            "__address__": "ingress.invalid",
        }
        _put(labels, "ingress", ingress.labels, ingress.annotations)
        yield Listed(ingress.ref, labels, None, ingress)
