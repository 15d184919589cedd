"""Routes of the Gateway API: backends, mirrors, and what hangs on a Service instead of a Gateway.

Source: gateway-api.sigs.k8s.io/reference/spec (HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, UDPRoute, ReferenceGrant).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.backends import port_number
from planner.evidence.controllers import Caller, Controllers
from planner.evidence.hosts import service_ref
from planner.evidence.patterns import each
from planner.evidence.proxied import called
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, Ref

READER = "gateways"
_ROUTES = {"HTTPRoute": "http", "GRPCRoute": "grpc", "TLSRoute": "tls", "TCPRoute": "tcp", "UDPRoute": "udp"}
_BACKENDS = (
    "spec.rules[].backendRefs[]",
    "spec.rules[].filters[].requestMirror.backendRef",
    "spec.rules[].backendRefs[].filters[].requestMirror.backendRef",
    "spec.rules[].filters[].externalAuth.backendRef",
    "spec.rules[].filters[].extensionRef",
    "spec.rules[].backendRefs[].filters[].extensionRef",
)
_SERVICES = ("", "Service", "ServiceImport")
KINDS = (*_ROUTES, "Gateway", "GatewayClass", "ReferenceGrant", "Backend")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per route, backend and gateway."""
    controllers = world.controllers
    for kind, protocol in _ROUTES.items():
        for route in world.inventory.of_kind(kind):
            if route.group.startswith("gateway.networking"):
                yield from _route(route, protocol, world, controllers)


def _route(route: KubeObject, protocol: str, world: World, controllers: Controllers) -> Iterator[Sighting]:
    inside = not _from_outside(route)
    callers = [] if inside else _gateways(route, world, controllers)
    for pattern in _BACKENDS:
        for path, backend in each(route.raw, pattern):
            kinds = ("Service",) if path[-1] == "extensionRef" else _SERVICES
            if text_at(backend, "kind") in kinds and text_at(backend, "name"):
                yield from _service(route, path, backend, protocol, callers, inside, world)
            elif not inside:
                yield from _elsewhere(route, path, backend, callers, world)


def _from_outside(route: KubeObject) -> bool:
    """Whether a route hangs on a Gateway; one that hangs on a Service is for callers inside."""
    kinds = {text_at(parent, "kind") or "Gateway" for _, parent in maps_at(route.raw, "spec", "parentRefs")}
    return not kinds or bool(kinds - {"Service", "ServiceEntry"})


def _gateways(route: KubeObject, world: World, controllers: Controllers) -> list[Caller]:
    found: dict[Ref, Caller] = {}
    for _, parent in maps_at(route.raw, "spec", "parentRefs"):
        namespace = text_at(parent, "namespace") or route.ref.namespace
        gateway = world.inventory.get("Gateway", namespace, text_at(parent, "name"))
        if gateway and gateway.group.startswith("gateway.networking"):
            found |= {caller[0]: caller for caller in controllers.of_gateway(gateway)}
    return list(found.values())


def _service(
    route: KubeObject,
    path: Path,
    backend: Mapping[str, Any],
    protocol: str,
    callers: list[Caller],
    inside: bool,
    world: World,
) -> Iterator[Sighting]:
    target = service_ref(text_at(backend, "namespace") or route.ref.namespace, text_at(backend, "name"))
    port = port_number(backend.get("port"), target, world)
    allowed = target.namespace == route.ref.namespace or _granted(route, target, world)
    text = f"{route.ref.kind} to {target.text}" + ("" if allowed else ", which no ReferenceGrant allows")
    for caller, sure in ((CLIENT, confidence.ENTRY_POINT), *callers):
        evidence = cite(READER, route, (*path, "name"), sure if allowed else confidence.CUSTOM_INSIDE, text)
        reason = "a split of calls between workloads inside the mesh" if inside else ""
        yield Sighting(caller, target, evidence, port, protocol, reason)


def _granted(route: KubeObject, target: Ref, world: World) -> bool:
    """Whether a ReferenceGrant in the Service's namespace lets routes of this kind and namespace refer to it."""
    for grant in world.inventory.of_kind("ReferenceGrant"):
        if grant.ref.namespace != target.namespace:
            continue
        sources = {
            (text_at(item, "kind"), text_at(item, "namespace")) for _, item in maps_at(grant.raw, "spec", "from")
        }
        names = {
            text_at(item, "name") for _, item in maps_at(grant.raw, "spec", "to") if text_at(item, "kind") == "Service"
        }
        if (route.ref.kind, route.ref.namespace) in sources and names & {"", target.name}:
            return True
    return False


def _elsewhere(
    route: KubeObject, path: Path, backend: Mapping[str, Any], callers: list[Caller], world: World
) -> Iterator[Sighting]:
    """Yield hosts that a backend of another kind names: Istio's `Hostname`, Envoy Gateway's `Backend`."""
    name, kind = text_at(backend, "name"), text_at(backend, "kind")
    if kind == "Hostname" and name:
        address = Address(name.lower(), int_at(backend, "port"), "", name)
        yield from called(READER, address, route, (*path, "name"), callers, world)
    if kind not in ("Hostname", "Backend") and name and path[-1] != "extensionRef":
        evidence = cite(READER, route, (*path, "name"), confidence.CUSTOM_INSIDE, f"{kind} {name}")
        target = Ref(text_at(backend, "namespace") or route.ref.namespace, name, kind)
        yield Sighting(CLIENT, target, evidence, suppressed="a backend that is no Service")
    custom = world.inventory.get("Backend", text_at(backend, "namespace") or route.ref.namespace, name)
    for at, endpoint in each(custom.raw, "spec.endpoints[]") if custom and kind == "Backend" else ():
        for part, field in (("fqdn", "hostname"), ("ip", "address")):
            host = text_at(endpoint, part, field)
            if host and custom:
                address = Address(host.lower(), int_at(endpoint, part, "port"), "", host)
                yield from called(READER, address, custom, (*at, part, field), callers, world)
