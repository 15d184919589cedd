"""Ways in through gateways: Gateway API routes, Istio VirtualServices, OpenShift Routes, Traefik, Contour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, list_at, map_at, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, SERVICE, Ref

READER = "gateways"
_ROUTES = {"HTTPRoute": "http", "GRPCRoute": "grpc", "TLSRoute": "tls", "TCPRoute": "tcp", "UDPRoute": "udp"}
_FORWARDS = {"IngressRoute": "http", "IngressRouteTCP": "tcp", "HTTPProxy": "http", "IngressRouteUDP": "udp"}
KINDS = (*_ROUTES, *_FORWARDS, "Route", "VirtualService", "Gateway")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per route to a backend."""
    for kind, protocol in _ROUTES.items():
        for route in world.inventory.of_kind(kind):
            if route.group.startswith("gateway.networking") and _from_outside(route):
                yield from _backend_refs(route, protocol)
    for kind, protocol in _FORWARDS.items():
        for route in world.inventory.of_kind(kind):
            yield from _forwards(route, protocol, world)
    for route in world.inventory.of_kind("Route"):
        yield from _openshift(route, world)
    for virtual in world.inventory.of_kind("VirtualService"):
        yield from _virtual_service(virtual, world)


def _from_outside(route: KubeObject) -> bool:
    """Whether a route hangs on a Gateway; one that hangs on a Service is for callers inside."""
    kinds = {text_at(parent, "kind") or "Gateway" for _, parent in maps_at(route.raw, "spec", "parentRefs")}
    return not kinds or bool(kinds - {"Service", "ServiceEntry"})


def _backend_refs(route: KubeObject, protocol: str) -> Iterator[Sighting]:
    for r, rule in maps_at(route.raw, "spec", "rules"):
        for b, backend in maps_at(rule, "backendRefs"):
            if text_at(backend, "kind") in ("", "Service") and text_at(backend, "name"):
                namespace = text_at(backend, "namespace") or route.ref.namespace
                path: Path = ("spec", "rules", r, "backendRefs", b, "name")
                yield _entry(
                    route, path, service_ref(namespace, text_at(backend, "name")), int_at(backend, "port"), protocol
                )


def _entry(obj: KubeObject, path: Path, target: Ref, port: int | None, protocol: str, caller: Ref = CLIENT) -> Sighting:
    evidence = cite(READER, obj, path, confidence.ENTRY_POINT, f"{obj.ref.kind} to {target.text}")
    return Sighting(caller, target, evidence, port, protocol)


def _forwards(route: KubeObject, protocol: str, world: World) -> Iterator[Sighting]:
    """Read Traefik's `routes[].services[]` and Contour's, which look alike."""
    for r, rule in maps_at(route.raw, "spec", "routes"):
        for s, backend in maps_at(rule, "services"):
            name, kind = text_at(backend, "name"), text_at(backend, "kind")
            if name and kind in ("", "Service"):
                namespace = text_at(backend, "namespace") or route.ref.namespace
                target = service_ref(namespace, name)
                port = _number(backend, world, target)
                yield _entry(route, ("spec", "routes", r, "services", s, "name"), target, port, protocol)


def _number(backend: Mapping[str, Any], world: World, target: Ref) -> int | None:
    number, name = int_at(backend, "port"), text_at(backend, "port")
    service = world.inventory.service(target.namespace, target.name)
    known = service.port(name) if service and name and number is None else None
    return number if number is not None else (known.number if known else None)


def _openshift(route: KubeObject, world: World) -> Iterator[Sighting]:
    if route.group != "route.openshift.io":
        return
    backends: list[Path] = [
        ("spec", "to"),
        *(("spec", "alternateBackends", i) for i, _ in maps_at(route.raw, "spec", "alternateBackends")),
    ]
    wanted = map_at(route.raw, "spec", "port").get("targetPort")
    for path in backends:
        service = world.inventory.service(route.ref.namespace, text_at(route.raw, *path, "name"))
        if service:
            port = next((p.number for p in service.ports if wanted in (p.name, p.target, p.number)), None)
            port = port if port or len(service.ports) != 1 else service.ports[0].number
            spoken = "tls" if text_at(route.raw, "spec", "tls", "termination") == "passthrough" else "http"
            yield _entry(route, (*path, "name"), service.ref, port, spoken)


def _virtual_service(virtual: KubeObject, world: World) -> Iterator[Sighting]:
    gateways = [name for name in list_at(virtual.raw, "spec", "gateways") if isinstance(name, str) and name != "mesh"]
    if not gateways:
        return
    callers = [CLIENT, *_gateway_workloads(gateways, virtual, world)]
    for part, protocol in (("http", "http"), ("tls", "tls"), ("tcp", "tcp")):
        for r, rule in maps_at(virtual.raw, "spec", part):
            for d, item in maps_at(rule, "route"):
                destination = map_at(item, "destination")
                host, port = text_at(destination, "host").lower(), int_at(destination, "port", "number")
                if not host:
                    continue
                path: Path = ("spec", part, r, "route", d, "destination", "host")
                evidence = cite(READER, virtual, path, confidence.ENTRY_POINT, f"VirtualService to {host}")
                for caller in callers:
                    address = Address(host, port, "", host)
                    yield Sighting(caller, address, evidence, protocol=protocol, namespace=virtual.ref.namespace)


def _gateway_workloads(gateways: list[str], virtual: KubeObject, world: World) -> Iterator[Ref]:
    """Yield the workloads that the selectors of Istio Gateways pick."""
    for text in gateways:
        namespace, slash, name = text.rpartition("/")
        gateway = world.inventory.get("Gateway", namespace if slash else virtual.ref.namespace, name)
        selector = strings_at(gateway.raw, "spec", "selector") if gateway else {}
        for workload in world.inventory.workloads if selector else ():
            if (
                all(workload.labels.get(key) == value for key, value in selector.items())
                and workload.ref.kind != SERVICE
            ):
                yield workload.ref
