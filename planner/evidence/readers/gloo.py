"""Routes of Gloo: a destination is a Service, or an Upstream that stands for one or for hosts outside.

Source: docs.solo.io/gloo-edge, API reference of VirtualService, RouteTable and Upstream; Upstreams that discovery
makes are called `namespace-service-port`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.controllers import Caller
from planner.evidence.hosts import service_ref
from planner.evidence.patterns import each
from planner.evidence.proxied import called
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, Ref

READER = "gateways"
_ROUTES = ("spec.virtualHost.routes[].routeAction", "spec.routes[].routeAction")
_DESTINATIONS = ("single", "multi.destinations[].destination")
KINDS = ("VirtualService", "RouteTable", "Upstream")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per destination and caller."""
    callers = world.controllers.of_product("gloo")
    for obj in world.inventory.of_kind("VirtualService", "RouteTable"):
        if obj.group == "gateway.solo.io":
            for base in _ROUTES:
                for destination in _DESTINATIONS:
                    for path, found in each(obj.raw, f"{base}.{destination}"):
                        yield from _destination(obj, path, found, callers, world)


def _destination(
    obj: KubeObject, path: Path, found: Mapping[str, Any], callers: list[Caller], world: World
) -> Iterator[Sighting]:
    kube = text_at(found, "kube", "ref", "name")
    if kube:
        target = service_ref(text_at(found, "kube", "ref", "namespace") or obj.ref.namespace, kube)
        yield from _to(obj, (*path, "kube", "ref", "name"), target, int_at(found, "kube", "port"), callers)
        return
    name = text_at(found, "upstream", "name")
    namespace = text_at(found, "upstream", "namespace") or obj.ref.namespace
    upstream = world.inventory.get("Upstream", namespace, name)
    where = (*path, "upstream", "name")
    if upstream is None:
        discovered = _discovered(name, world)
        if discovered:
            yield from _to(obj, where, *discovered, callers)
        return
    service = text_at(upstream.raw, "spec", "kube", "serviceName")
    if service:
        target = service_ref(text_at(upstream.raw, "spec", "kube", "serviceNamespace") or namespace, service)
        yield from _to(obj, where, target, int_at(upstream.raw, "spec", "kube", "servicePort"), callers)
    for at, host in each(upstream.raw, "spec.static.hosts[]"):
        address = text_at(host, "addr").lower()
        if address:
            known = Address(address, int_at(host, "port"), "", address)
            yield from called(READER, known, upstream, (*at, "addr"), callers, world)


def _to(obj: KubeObject, path: Path, target: Ref, port: int | None, callers: list[Caller]) -> Iterator[Sighting]:
    for caller, sure in ((CLIENT, confidence.ENTRY_POINT), *callers):
        evidence = cite(READER, obj, path, sure, f"{obj.ref.kind} to {target.text}")
        yield Sighting(caller, target, evidence, port, "http")


def _discovered(name: str, world: World) -> tuple[Ref, int] | None:
    for service in world.inventory.services:
        for port in service.ports:
            if name == f"{service.ref.namespace}-{service.ref.name}-{port.number}":
                return service.ref, port.number
    return None
