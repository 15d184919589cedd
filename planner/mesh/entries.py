"""The ServiceEntries that a caller's sidecar has for a host and port.

Source: istio/istio pilot/pkg/serviceregistry/serviceentry/conversion.go (one service per host and entry),
pilot/pkg/networking/core/listener.go (entries without addresses listen on every address of their port).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from planner.mesh.hostnames import covers, is_ip
from planner.mesh.peers import Peer
from planner.mesh.protocol import Protocol, exact_token
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Raw, age, exported_to, namespace_of
from planner.model.fields import int_at, list_at, maps_at, strings_at, text_at


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
        resolution: `NONE` (the called address itself), `STATIC`, `DNS`, …
        everywhere: Exported to every namespace.
        age: Sorts the oldest first, as `view.age`.
        kind: What entries of one host must have in common to be merged.
        lost: An older entry of the host and namespace differs, so that nothing is behind this port.
        unheard: Another entry of the host, namespace and port has endpoints; for lack of own addresses theirs would be
            listened to.
    """

    host: str
    namespace: str
    source: str
    port: int
    protocol: Protocol
    external: bool
    addresses: tuple[str, ...]
    resolution: str = "NONE"
    everywhere: bool = True
    age: tuple[bool, str, str, str] = (False, "", "", "")
    kind: tuple[object, ...] = ()
    lost: bool = False
    unheard: bool = False

    @property
    def single_addresses(self) -> tuple[str, ...]:
        """Addresses that are no ranges; a port that is not HTTP has a listener on each."""
        return tuple(address for address in self.addresses if is_ip(address))

    @property
    def on_every_address(self) -> bool:
        """Whether a port that is not HTTP is listened for on every address, or on a range."""
        alone = bool(self.addresses) and len(self.single_addresses) == len(self.addresses)
        return self.protocol.data_path_class in ("tcp", "tls", "auto") and not alone and not self.unheard

    @property
    def by_server_name(self) -> bool:
        """Whether only the server name of a ClientHello leads here."""
        return self.protocol.data_path_class == "tls" and self.on_every_address

    @property
    def to_called_address(self) -> bool:
        """Whether bytes go on to the address that was called."""
        return self.resolution == "NONE"


def entries_for(view: MeshView, caller: Peer, scope: Scope, host: str, port: int | None) -> Iterator[Entry]:
    """Yield the entries that meet a host and port, the most specific host first."""
    found = [e for e in visible_entries(view, caller, scope) if port in (None, e.port) and _meets(e, host)]
    yield from sorted(found, key=lambda e: (e.host.startswith("*"), -len(e.host)))


def visible_entries(view: MeshView, caller: Peer, scope: Scope) -> Iterator[Entry]:
    """Yield every host and port of every entry that the caller's sidecar knows, the oldest entry first.

    A host has one owner: the caller's own namespace, else the first that offers it, those that export it to few before
    those that export it to all.

    Source: istio/istio pilot/pkg/model/sidecar.go selectServices, push_context.go servicesExportedToNamespace.
    """
    if not view.of_kind("ServiceEntry"):
        return
    key = ("visible entries", caller.ref.namespace, scope)
    yield from view.remember(key, lambda: _visible(view, caller.ref.namespace, scope))


def _visible(view: MeshView, namespace: str, scope: Scope) -> tuple[Entry, ...]:
    known = [
        entry
        for exports, entries in view.remember(("entries",), lambda: _parsed(view))
        if exports is None or namespace in exports
        for entry in entries
        if scope.sees(namespace, entry.namespace, entry.host)
    ]
    owner: dict[str, str] = {}
    for entry in sorted(known, key=lambda e: (e.namespace != namespace, e.everywhere, e.age)):
        owner.setdefault(entry.host, entry.namespace)
    owned = sorted((e for e in known if owner[e.host] == e.namespace), key=lambda e: (e.everywhere, e.age))
    by_host: dict[str, list[Entry]] = {}
    for entry in owned:
        by_host.setdefault(entry.host, []).append(entry)
    return tuple(_behind(entry, by_host[entry.host]) for entry in owned)


def _behind(entry: Entry, same_host: list[Entry]) -> Entry:
    """Tell what is behind an entry's port: what the first entry of the host has there, if they can be merged at all.

    Source: istio/istio pilot/pkg/model/sidecar.go appendSidecarServices, canMergeServices.
    """
    first = same_host[0]
    if entry.source == first.source or entry.kind == first.kind:
        return entry
    has_port = any(e.port == entry.port and e.kind == first.kind for e in same_host)
    return replace(entry, resolution=first.resolution) if has_port else replace(entry, lost=True)


def _parsed(view: MeshView) -> tuple[tuple[frozenset[str] | None, tuple[Entry, ...]], ...]:
    """Read every ServiceEntry, each with the namespaces that see it; None for all.

    Source: istio/istio pilot/pkg/networking/core/listener.go (an entry of the resolution NONE without addresses is
    treated as a headless Service, and endpoints are kept by host and namespace, not by entry).
    """
    found = [(exported_to(raw), parse_entry(raw)) for raw in view.of_kind("ServiceEntry")]
    backed = {(e.host, e.namespace, e.port) for _, entries in found for e in entries if not e.to_called_address}
    return tuple((exports, tuple(_heard(entry, backed) for entry in entries)) for exports, entries in found)


def _heard(entry: Entry, backed: Set[tuple[str, str, int]]) -> Entry:
    bare = entry.to_called_address and not entry.addresses
    return replace(entry, unheard=True) if bare and (entry.host, entry.namespace, entry.port) in backed else entry


def parse_entry(raw: Raw) -> tuple[Entry, ...]:
    """Read every host and port of one ServiceEntry; what Istio would refuse is left out."""
    namespace = namespace_of(raw)
    source = f"{namespace}/{text_at(raw, 'metadata', 'name')}"
    external = text_at(raw, "spec", "location") != "MESH_INTERNAL"
    addresses = tuple(text_at(value) for value in list_at(raw, "spec", "addresses"))
    resolution = text_at(raw, "spec", "resolution") or "NONE"
    export = [text_at(value) for value in list_at(raw, "spec", "exportTo")]
    everywhere = not export or "*" in export
    kind = (resolution, frozenset(export), tuple(sorted(strings_at(raw, "metadata", "labels").items())))
    old = age(raw)
    found = []
    for _, item in maps_at(raw, "spec", "ports"):
        number, protocol = int_at(item, "number"), exact_token(text_at(item, "protocol"))
        if number is None or protocol is None:
            continue
        hosts = (text_at(host).lower() for host in list_at(raw, "spec", "hosts"))
        found += [
            Entry(host, namespace, source, number, protocol, external, addresses, resolution, everywhere, old, kind)
            for host in hosts
            if host
        ]
    return tuple(found)


def _meets(entry: Entry, host: str) -> bool:
    if entry.protocol.data_path_class in ("http", "tls"):
        return covers(entry.host, host) or (is_ip(host) and holds(entry, host))
    if not entry.addresses:
        return True  # opaque bytes name no host, so whoever calls the port is taken for it
    return holds(entry, host) if is_ip(host) else covers(entry.host, host)


def holds(entry: Entry, address: str) -> bool:
    """Whether an address is one of an entry's, or in one of its ranges."""
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
