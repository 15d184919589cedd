"""Ways in from outside: Ingress, LoadBalancer, NodePort, external addresses, host ports, the node's network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import backend_protocols, confidence
from planner.evidence.backends import port_number
from planner.evidence.controllers import Controllers
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.mesh.well_known import from_port_name
from planner.model.fields import Path, dig, int_at, list_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, Ref
from planner.model.services import Service
from planner.model.workloads import Container, Workload

READER = "exposure"
_ACTION = "use-annotation"
"""Port of a backend that names no Service but an annotation (AWS load balancer controller)."""
KINDS = ("Ingress", "IngressClass", "Endpoints", "EndpointSlice")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per way in, and per way from an ingress controller to a backend."""
    controllers = world.controllers
    for ingress in world.inventory.of_kind("Ingress"):
        yield from _ingress(ingress, world, controllers)
    for service in world.inventory.services:
        yield from _service(service)
    for workload in world.inventory.workloads:
        yield from _host_ports(workload, world)


def _backends(ingress: KubeObject) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for name in ("defaultBackend", "backend"):
        if map_at(ingress.raw, "spec", name):
            yield ("spec", name), map_at(ingress.raw, "spec", name)
    for r, rule in maps_at(ingress.raw, "spec", "rules"):
        for p, path in maps_at(rule, "http", "paths"):
            yield ("spec", "rules", r, "http", "paths", p, "backend"), map_at(path, "backend")


def _ingress(ingress: KubeObject, world: World, controllers: Controllers) -> Iterator[Sighting]:
    callers = [(CLIENT, confidence.ENTRY_POINT), *controllers.serving(ingress)]
    for path, backend in _backends(ingress):
        name = text_at(backend, "service", "name") or text_at(backend, "serviceName")
        if not name:
            continue
        target = service_ref(ingress.ref.namespace, name)
        if _ACTION in (text_at(backend, "service", "port", "name"), text_at(backend, "servicePort")):
            evidence = cite(READER, ingress, path, confidence.ENTRY_POINT, name)
            yield Sighting(CLIENT, target, evidence, suppressed="an action that an annotation describes")
            continue
        number = _port_number(backend, target, world)
        service = world.inventory.service(target.namespace, target.name)
        protocol = backend_protocols.spoken(ingress, service, name, number)
        for caller, sure in callers:
            for field in _fields(ingress, path, backend):
                evidence = cite(READER, ingress, field, sure, f"Ingress {ingress.ref.name} to {name}")
                yield Sighting(caller, target, evidence, number, protocol)


def _fields(ingress: KubeObject, path: Path, backend: Mapping[str, Any]) -> tuple[Path, ...]:
    """Fields that make the rule: the backend, its host, and the class that decides who serves it."""
    port: Path = ("servicePort",) if "servicePort" in backend else ("service", "port")
    fields: list[Path] = [(*path, *port)]
    if path[1] == "rules" and text_at(ingress.raw, *path[:3], "host"):
        fields.append((*path[:3], "host"))
    if "kubernetes.io/ingress.class" in ingress.annotations:
        fields.append(("metadata", "annotations", "kubernetes.io/ingress.class"))
    elif text_at(ingress.raw, "spec", "ingressClassName"):
        fields.append(("spec", "ingressClassName"))
    return tuple(fields)


def _port_number(backend: Mapping[str, Any], target: Ref, world: World) -> int | None:
    port = map_at(backend, "service", "port")
    return port_number(port.get("number") or port.get("name") or backend.get("servicePort"), target, world)


def _service(service: Service) -> Iterator[Sighting]:
    by_type = service.type in ("LoadBalancer", "NodePort")
    if not by_type and not list_at(service.object.raw, "spec", "externalIPs"):
        return
    cause: Path = ("spec", "type") if by_type else ("spec", "externalIPs")
    for port in service.ports:
        where: Path = ("spec", "ports", port.index)
        field = next(
            (name for name in ("nodePort", "appProtocol", "port") if dig(service.object.raw, *where, name)), "port"
        )
        for path in (cause, (*where, field)):
            evidence = cite(READER, service.object, path, confidence.EXPOSED_SERVICE, service.type)
            yield Sighting(CLIENT, service.ref, evidence, port.number)


def _host_ports(workload: Workload, world: World) -> Iterator[Sighting]:
    for container in workload.containers:
        for index, port in maps_at(container.raw, "ports"):
            open_port = int_at(port, "hostPort") or (int_at(port, "containerPort") if workload.host_network else None)
            if open_port and text_at(port, "hostIP") not in ("127.0.0.1", "::1"):
                yield from _host_port(workload, container, index, open_port, world)


def _host_port(
    workload: Workload, container: Container, index: int, open_port: int, world: World
) -> Iterator[Sighting]:
    port = map_at(container.raw, "ports", index)
    behind = world.service_for(workload, int_at(port, "containerPort") or open_port)
    target: Ref = behind[0].ref if behind else workload.ref
    explicit = "hostPort" in port
    sure = confidence.HOST_PORT if explicit else confidence.HOST_NETWORK
    path: Path = (*container.path, "ports", index, "hostPort" if explicit else "containerPort")
    spoken = from_port_name(text_at(port, "name")) or ("udp" if text_at(port, "protocol") == "UDP" else "")
    protocol = "" if spoken in ("tcp", "tls") else spoken
    yield Sighting(
        CLIENT, target, cite(READER, workload.object, path, sure, f"open on the node: {open_port}"), open_port, protocol
    )
    if workload.host_network:
        network: Path = (*workload.template_path, "spec", "hostNetwork")
        yield Sighting(CLIENT, target, cite(READER, workload.object, network, sure, "hostNetwork"), open_port, protocol)
