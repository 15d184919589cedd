"""Istio's own routes: VirtualServices of gateways with mirrors and delegates; hosts of ServiceEntries as a hint.

Source: istio.io/latest/docs/reference/config/networking (virtual-service, gateway, service-entry).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.hosts import Meaning
from planner.evidence.patterns import each
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, list_at, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, SERVICE, Ref

READER = "gateways"
_ISTIO = "networking.istio.io"
_DESTINATIONS = {
    "http": ("route[].destination", "mirror", "mirrors[].destination"),
    "tls": ("route[].destination",),
    "tcp": ("route[].destination",),
}
_Gateway = tuple[str, str]
"""Namespace and name of a Gateway."""
_INSIDE = "a route for callers inside the mesh"
_NOT_READ = "called by the gateway, not by its clients"
KINDS = ("VirtualService", "Gateway", "ServiceEntry")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the routes of gateways, and what looks like a flow and has no caller."""
    delegated = _delegated(world)
    for virtual in _of_istio("VirtualService", world):
        for path, rule, protocol in _rules(virtual):
            callers = _callers((*_bound(virtual, rule), *delegated.get(virtual.ref, ())), world)
            for pattern in _DESTINATIONS[protocol]:
                for at, destination in each(rule, pattern):
                    host, port = text_at(destination, "host").lower(), int_at(destination, "port", "number")
                    if host:
                        address = Address(host, port, "", host)
                        yield from _destination(virtual, (*path, *at, "host"), address, protocol, callers, world)
    for entry in _of_istio("ServiceEntry", world):
        yield from _entry(entry)


def _of_istio(kind: str, world: World) -> Iterator[KubeObject]:
    return (obj for obj in world.inventory.of_kind(kind) if obj.group == _ISTIO)


def _rules(virtual: KubeObject) -> Iterator[tuple[Path, Mapping[str, Any], str]]:
    for protocol in _DESTINATIONS:
        for index, rule in maps_at(virtual.raw, "spec", protocol):
            yield ("spec", protocol, index), rule, protocol


def _bound(virtual: KubeObject, rule: Mapping[str, Any]) -> tuple[_Gateway, ...]:
    """Return the gateways whose requests a rule takes: those of its matches, else those of the whole."""
    matched = [list_at(match, "gateways") for _, match in maps_at(rule, "match")]
    names = [name for listed in matched for name in listed] if matched and all(matched) else []
    chosen = names or list_at(virtual.raw, "spec", "gateways")
    bound = (_named(name, virtual) for name in chosen if isinstance(name, str))
    return tuple(dict.fromkeys(gateway for gateway in bound if gateway[1] != "mesh"))


def _delegated(world: World) -> Mapping[Ref, tuple[_Gateway, ...]]:
    """Map each VirtualService that another one delegates to to the gateways whose requests come that way."""
    found: dict[Ref, tuple[_Gateway, ...]] = defaultdict(tuple)
    for virtual in _of_istio("VirtualService", world):
        for _, rule, _ in _rules(virtual):
            name = text_at(rule, "delegate", "name")
            namespace = text_at(rule, "delegate", "namespace") or virtual.ref.namespace
            if name:
                found[Ref(namespace, name, "VirtualService")] += _bound(virtual, rule)
    return found


def _named(text: str, virtual: KubeObject) -> _Gateway:
    namespace, slash, name = text.rpartition("/")
    return (namespace if slash else virtual.ref.namespace), name


def _callers(gateways: tuple[_Gateway, ...], world: World) -> tuple[Ref, ...]:
    """Anyone outside, and the workloads that the selectors of the Gateways pick; none without a gateway.

    Nobody outside comes in through a gateway for the way out, which its selector gives away.
    """
    found: dict[Ref, None] = {}
    for namespace, name in gateways:
        gateway = world.inventory.get("Gateway", namespace, name)
        selector = strings_at(gateway.raw, "spec", "selector") if gateway else {}
        if not any("egress" in value for value in selector.values()):
            found[CLIENT] = None
        for workload in world.inventory.workloads if selector else ():
            picked = all(workload.labels.get(key) == value for key, value in selector.items())
            if picked and workload.ref.kind != SERVICE:
                found[workload.ref] = None
    return tuple(found)


def _destination(
    virtual: KubeObject, path: Path, address: Address, protocol: str, callers: tuple[Ref, ...], world: World
) -> Iterator[Sighting]:
    evidence = cite(READER, virtual, path, confidence.ENTRY_POINT, f"VirtualService to {address.host}")
    if not callers:
        yield Sighting(CLIENT, address, evidence, protocol=protocol, suppressed=_INSIDE)
    outside = world.hosts.resolve(address.host, virtual.ref.namespace).meaning is Meaning.EXTERNAL
    for caller in callers:
        reason = _NOT_READ if outside and caller == CLIENT else ""
        yield Sighting(caller, address, evidence, None, protocol, reason, virtual.ref.namespace)


def _entry(entry: KubeObject) -> Iterator[Sighting]:
    """Yield the hosts of a ServiceEntry: somebody calls them, but nobody stands beside them."""
    port = next((int_at(port, "number") for _, port in each(entry.raw, "spec.ports[]")), None)
    for index, host in enumerate(list_at(entry.raw, "spec", "hosts")):
        if isinstance(host, str):
            evidence = cite(READER, entry, ("spec", "hosts", index), confidence.POLICY_HINT, host)
            address = Address(host.lower(), port, "", host)
            yield Sighting(None, address, evidence, suppressed="the mesh lets it pass; who calls it stands elsewhere")
