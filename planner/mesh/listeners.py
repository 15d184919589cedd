"""What a caller's sidecar has on the wildcard address of a port: who shares the listener, and which bytes each gets.

Ports declared HTTP share one listener per number on every address; so does an entry that names no single address. What
such a listener finds no owner for falls through to the outbound policy.

Source: istio/istio pilot/pkg/networking/core/listener.go (buildSidecarOutboundListener: the order of Services decides,
an undeclared port does not join a listener that detects already, Mongo and MySQL join no other protocol; every HTTP
listener on the wildcard address detects HTTP and lets other bytes fall through), tls.go (server names for TLS ports).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.mesh.entries import Entry, holds, visible_entries
from planner.mesh.hostnames import covers
from planner.mesh.outbound_visibility import everywhere, visible
from planner.mesh.peers import Peer
from planner.mesh.protocol import Protocol
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, age

_ALONE = (Protocol.MONGO, Protocol.MYSQL)
_DETECTING = Protocol.AUTO
_Offer = tuple[tuple[bool, bool, str, str, str], Protocol, Entry | None]


@dataclass(frozen=True, slots=True)
class Shared:
    """The listener on every address of a port.

    Attributes:
        http: HTTP is looked for, and routed by Host.
        chains: Entries that take other bytes, in the order in which they came.
    """

    http: bool = False
    chains: tuple[Entry, ...] = ()

    def within(self, address: str, host: str) -> tuple[Entry, ...]:
        """Give the entries whose range of addresses holds the called one; a name of such an entry stands for one."""
        return tuple(e for e in self.chains if e.addresses and (holds(e, address) if address else covers(e.host, host)))

    def taker(self, address: str, host: str, server_name: str) -> Entry | None:
        """Give the entry that takes bytes that are not HTTP; the server name is empty where no TLS brings one."""
        pool = self.within(address, host) or tuple(e for e in self.chains if not e.addresses)
        named = [e for e in pool if e.by_server_name and server_name and covers(e.host, server_name)]
        if named:
            return min(named, key=lambda e: (e.host.startswith("*"), -len(e.host)))
        # A chain that asks for nothing is what is left when all others fail, in a range of addresses too.
        return next((e for e in (*pool, *self.chains) if not e.by_server_name and (e in pool or not e.addresses)), None)


def shared_listener(view: MeshView, caller: Peer, scope: Scope, port: int | None) -> Shared:
    """Describe the listener on every address of a port."""
    key = ("listener", caller.ref.namespace, scope, port)
    return view.remember(key, lambda: _built(_in_order(view, caller, scope, port)))


def opaque_entries(view: MeshView, caller: Peer, scope: Scope, port: int | None) -> tuple[Entry, ...]:
    """List the entries that are not HTTP and listen on every address of a port, or on a range."""
    key = ("opaque", caller.ref.namespace, scope, port)
    return view.remember(
        key, lambda: tuple(e for e in visible_entries(view, caller, scope) if e.port == port and e.on_every_address)
    )


def _in_order(view: MeshView, caller: Peer, scope: Scope, port: int | None) -> list[tuple[Protocol, Entry | None]]:
    """List who would be on the listener, as the control plane goes through them."""
    found: list[_Offer] = []
    key = ("http services", caller.ref.namespace if view.any_export or not scope.unrestricted else "", scope, port)
    found.extend(view.remember(key, lambda: _http_services(view, caller, scope, port)))
    found.extend(
        ((entry.everywhere, *entry.age), entry.protocol, entry)
        for entry in visible_entries(view, caller, scope)
        if entry.port == port and (entry.on_every_address or entry.protocol.data_path_class == "http")
    )
    return [(protocol, entry) for _, protocol, entry in sorted(found, key=lambda item: item[0])]


def _http_services(view: MeshView, caller: Peer, scope: Scope, port: int | None) -> list[_Offer]:
    """List the Services with an HTTP port of this number, each with what sorts it."""
    found: list[_Offer] = []
    for service in view.services_on(port):
        item = service.port(port or 0)
        protocol = view.protocol_of(item) if item is not None else None
        if protocol is not None and protocol.data_path_class == "http" and visible(view, service, caller, scope):
            found.append(((everywhere(service), *age(service.object.raw)), protocol, None))
    return found


def _built(offers: Iterable[tuple[Protocol, Entry | None]]) -> Shared:
    """Put them on the listener one after the other, as far as they get along."""
    now: Protocol | None = None
    http, chains = False, list[Entry]()
    for protocol, entry in offers:
        kind = protocol.data_path_class
        if now is _DETECTING and kind in ("http", "auto"):
            continue
        if now is not None and now is not protocol and (protocol in _ALONE or now in _ALONE):
            continue
        http = http or kind in ("http", "auto")
        if kind != "http" and entry is not None:
            chains.append(entry)
        now = _DETECTING if http else now or protocol
    return Shared(http, tuple(chains))
