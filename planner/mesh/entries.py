"""The ServiceEntries that a caller's sidecar has for a host and port.

Source: istio/istio pilot/pkg/serviceregistry/serviceentry/conversion.go (one service per host and entry),
pilot/pkg/networking/core/listener.go (entries without addresses listen on every address of their port).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from planner.mesh.hostnames import covers, is_ip
from planner.mesh.protocol import Protocol, exact_token
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Peer, Raw, exported, namespace_of
from planner.model.fields import int_at, list_at, maps_at, text_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One host and port of a ServiceEntry.

    Attributes:
        host: As the entry writes it, perhaps with a wildcard.
        namespace: Of the entry.
        source: `namespace/name`.
        port: Port that callers use.
        protocol: As declared.
        external: Outside the mesh (`MESH_EXTERNAL`, also where nothing is said).
        addresses: Addresses or ranges that callers use; empty for every address of the port.
    """

    host: str
    namespace: str
    source: str
    port: int
    protocol: Protocol
    external: bool
    addresses: tuple[str, ...]


def entries_for(view: MeshView, caller: Peer, scope: Scope, host: str, port: int | None) -> Iterator[Entry]:
    """Yield the entries that meet a host and port, the most specific host first."""
    found = [e for e in visible_entries(view, caller, scope) if port in (None, e.port) and _meets(e, host)]
    yield from sorted(found, key=lambda e: (e.host.startswith("*"), -len(e.host)))


def visible_entries(view: MeshView, caller: Peer, scope: Scope) -> Iterator[Entry]:
    """Yield every host and port of every entry that the caller's sidecar knows, the oldest entry first."""
    namespace = caller.ref.namespace
    for raw, entries in view.remember(("entries",), lambda: _parsed(view)):
        if exported(raw, namespace):
            yield from (entry for entry in entries if scope.sees(namespace, entry.namespace, entry.host))


def _parsed(view: MeshView) -> tuple[tuple[Raw, tuple[Entry, ...]], ...]:
    return tuple((raw, parse_entry(raw)) for raw in view.of_kind("ServiceEntry"))


def parse_entry(raw: Raw) -> tuple[Entry, ...]:
    """Read every host and port of one ServiceEntry; what Istio would refuse is left out."""
    namespace = namespace_of(raw)
    source = f"{namespace}/{text_at(raw, 'metadata', 'name')}"
    external = text_at(raw, "spec", "location") != "MESH_INTERNAL"
    addresses = tuple(text_at(value) for value in list_at(raw, "spec", "addresses"))
    found = []
    for _, item in maps_at(raw, "spec", "ports"):
        number, protocol = int_at(item, "number"), exact_token(text_at(item, "protocol"))
        if number is None or protocol is None:
            continue
        hosts = (text_at(host) for host in list_at(raw, "spec", "hosts"))
        found += [Entry(h.lower(), namespace, source, number, protocol, external, addresses) for h in hosts if h]
    return tuple(found)


def _meets(entry: Entry, host: str) -> bool:
    if entry.protocol.data_path_class in ("http", "tls"):
        return covers(entry.host, host) or (is_ip(host) and _holds(entry, host))
    if not entry.addresses:
        return True  # opaque bytes name no host, so whoever calls the port is taken for it
    return _holds(entry, host) if is_ip(host) else covers(entry.host, host)


def _holds(entry: Entry, address: str) -> bool:
    return any(
        ipaddress.ip_address(address) in ipaddress.ip_network(value, strict=False)
        for value in entry.addresses
        if _is_network(value)
    )


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True
