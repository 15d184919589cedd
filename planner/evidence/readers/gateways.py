"""Routes of gateways and proxies that have kinds of their own, and what those call for their own sake.

What each product calls its fields stands in `planner.evidence.proxy_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.backends import port_number
from planner.evidence.controllers import Caller
from planner.evidence.hosts import Meaning, service_ref
from planner.evidence.patterns import each
from planner.evidence.proxied import called
from planner.evidence.proxy_tables import ROWS, Row
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.text import addresses, values
from planner.evidence.world import World
from planner.model.fields import Path, map_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, Ref

READER = "gateways"

_SPOKEN = {"https": "https", "h2c": "http2", "h2": "http2", "tls": "https", "grpc": "grpc"}
KINDS = tuple(dict.fromkeys(row.kind for row in ROWS))
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per route to a backend and caller, and per call that a proxy makes itself."""
    controllers = world.controllers
    for row in ROWS:
        for obj in world.inventory.of_kind(row.kind):
            if obj.group in row.groups:
                yield from _resource(obj, row, controllers.of_product(row.product), world)


def _resource(obj: KubeObject, row: Row, callers: list[Caller], world: World) -> Iterator[Sighting]:
    reason = _orphan(obj, world) if obj.ref.kind == "HTTPProxy" else ""
    for pattern in row.patterns:
        for path, found in each(obj.raw, pattern):
            host = text_at(found, "address") if text_at(found, "type") == "network" else ""
            if isinstance(found, str):
                yield from _text(obj, path, found, row, callers, world)
            elif host:
                yield from _text(obj, (*path, "address"), host, row, callers, world)
            else:
                yield from _service(obj, path, found, row, callers, reason, world)


def _orphan(proxy: KubeObject, world: World) -> str:
    """Say why a part of a Contour proxy serves nobody: it has no host, and none that has includes it."""
    if map_at(proxy.raw, "spec", "virtualhost"):
        return ""
    for other in world.inventory.of_kind("HTTPProxy"):
        for _, included in each(other.raw, "spec.includes[]"):
            namespace = text_at(included, "namespace") or other.ref.namespace
            if (namespace, text_at(included, "name")) == (proxy.ref.namespace, proxy.ref.name):
                return ""
    return "included by no HTTPProxy with a host"


def _service(
    obj: KubeObject, path: Path, found: Any, row: Row, callers: list[Caller], reason: str, world: World
) -> Iterator[Sighting]:
    """Yield a backend that is written as a reference, under one of the names that products give it."""
    field = next((name for name in ("serviceName", "service", "name") if text_at(found, name)), "")
    if not field:
        return
    if text_at(found, "kind") not in ("", "Service") or "@" in text_at(found, field):
        other = Ref(text_at(found, "namespace") or obj.ref.namespace, text_at(found, field), text_at(found, "kind"))
        evidence = cite(READER, obj, (*path, field), confidence.CUSTOM_INSIDE, other.name)
        yield Sighting(CLIENT, other, evidence, suppressed="a backend that is no Service")
        return
    target = service_ref(text_at(found, "namespace") or obj.ref.namespace, text_at(found, field))
    port = port_number(found.get("port", found.get("servicePort")), target, world)
    spoken = _spoken(found, row.protocol)
    if not row.is_route:
        yield from called(READER, target, obj, (*path, field), callers, world, port, spoken)
        return
    for caller, sure in ((CLIENT, confidence.ENTRY_POINT), *callers):
        evidence = cite(READER, obj, (*path, field), sure, f"{obj.ref.kind} to {target.text}")
        yield Sighting(caller, target, evidence, port, spoken, reason)


def _spoken(backend: Mapping[str, Any], protocol: str) -> str:
    said = (text_at(backend, name).lower() for name in ("scheme", "protocol", "type"))
    return next((_SPOKEN[word] for word in said if word in _SPOKEN), protocol)


def _addresses(key: str, text: str) -> Iterator[Address]:
    """Read a URL or a bare `name.namespace:port`."""
    found = [address for address in values.found(key, text) if "://" in text or ":" in text]
    bare = None if found or ":" in text else addresses.bare(text)
    yield from [*found, bare] if bare and key != "**" else found


def _text(obj: KubeObject, path: Path, text: str, row: Row, callers: list[Caller], world: World) -> Iterator[Sighting]:
    """Yield a backend that is written as an address; a client calls it through the proxy where it is a Service."""
    for address in _addresses(str(path[-1]), text):
        yield from called(READER, address, obj, path, callers, world)
        inside = world.hosts.resolve(address.host, obj.ref.namespace).meaning is Meaning.SERVICE
        if row.is_route and callers and inside:
            evidence = cite(READER, obj, path, confidence.ENTRY_POINT, f"{obj.ref.kind} to {address.text}")
            yield Sighting(CLIENT, address, evidence, protocol="", namespace=obj.ref.namespace)
