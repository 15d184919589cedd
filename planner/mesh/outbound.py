"""Where a caller's sidecar sends a call: to a Service, to a ServiceEntry, past the mesh, or nowhere.

On a port declared HTTP one listener serves every address of that port and the Host header decides, as long as HTTP is
spoken; on all others the address does. What nothing matches is passed through or refused, by the outbound policy.

Source: istio/istio pilot/pkg/networking/core (listener.go buildSidecarOutboundListeners, httproute.go
buildSidecarOutboundVirtualHosts and buildCatchAllVirtualHost, listener_builder.go for the policy).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.mesh.calling import Call
from planner.mesh.entries import Entry, entries_for, visible_entries
from planner.mesh.host_header import host_matches
from planner.mesh.hostnames import covers, is_ip
from planner.mesh.listeners import opaque_entries, shared_listener
from planner.mesh.outbound_visibility import hosts_of, stand_ins, visible
from planner.mesh.peers import Peer
from planner.mesh.protocol import Protocol
from planner.mesh.reserved_ports import UNROUTED_PORTS
from planner.mesh.sidecar_scope import Scope, scope_of
from planner.mesh.spoken import Carrier
from planner.mesh.view import MeshView
from planner.mesh.virtual_service_hosts import by_alias
from planner.model.services import Service


class Way(StrEnum):
    """What becomes of a call on its way out."""

    SERVICE = "service"
    ENTRY = "entry"
    PASSTHROUGH = "passthrough"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Routed:
    """Where the caller's sidecar sends a call.

    Attributes:
        way: See `Way`.
        rule: Key of `call_notes.CALL_NOTES` where the way is not the expected one, else empty.
        service: The Service whose rules hold.
        entry: The ServiceEntry whose rules hold.
        protocol: What Istio takes the port for.
        led_by: Host that a VirtualService alone knows, whose rules say where the call goes; else empty.
    """

    way: Way
    rule: str = ""
    service: Service | None = None
    entry: Entry | None = None
    protocol: Protocol | None = None
    led_by: str = ""


_NOT_HTTP = "not-http-on-http-port"
_HTTP = (Carrier.HTTP, Carrier.HTTP2, Carrier.GRPC, Carrier.GRPC_WEB)


def route(view: MeshView, caller: Peer, call: Call) -> Routed:
    """Tell where the caller's sidecar sends a call."""
    scope = scope_of(view, caller.ref.namespace, caller.labels)
    if call.external:
        return _external(view, caller, call, scope)
    if call.service is None or call.direct:
        return _at_pod(view, caller, call, scope) or _shared(view, caller, call, scope, call.host, "pod-address")
    return _service(view, caller, call, scope, call.service)


def _service(view: MeshView, caller: Peer, call: Call, scope: Scope, service: Service) -> Routed:
    port = service.port(call.port) if call.port else (service.ports[0] if len(service.ports) == 1 else None)
    at_pod = _at_pod(view, caller, call, scope) if service.headless else None
    if at_pod is not None:
        return at_pod
    if not visible(view, service, caller, scope):
        return _shared(view, caller, call, scope, call.host, "hidden-service")
    if port is None:
        return _shared(view, caller, call, scope, call.host, "port-not-in-service")
    protocol = view.protocol_of(port)
    if protocol is Protocol.UDP or (protocol.data_path_class == "http" and port.number in UNROUTED_PORTS):
        return _fallthrough(scope, "no-listener")
    if protocol.data_path_class != "http":
        return Routed(Way.SERVICE, service=service, protocol=protocol)
    own_name = not call.host or host_matches(call.host, hosts_of(view, service, caller))
    if own_name and call.speaks in (None, *_HTTP) and not opaque_entries(view, caller, scope, port.number):
        return Routed(Way.SERVICE, service=service, protocol=protocol)
    return _shared(view, caller, call, scope, call.host or view.host_of(service), _NOT_HTTP)


def _at_pod(view: MeshView, caller: Peer, call: Call, scope: Scope) -> Routed | None:
    """Find the listener on a pod's own address: a headless Service has one for each port that is not declared HTTP."""
    found = []
    for service in dict.fromkeys(s for pod in call.pods for s in view.in_front_of(pod) if s.headless):
        protocol = _protocol(view, service, call.port)
        if protocol is None or not visible(view, service, caller, scope):
            continue
        if protocol.data_path_class in ("auto", "tcp", "tls"):
            found.append(Routed(Way.SERVICE, service=service, protocol=protocol))
    alone = any(routed.protocol in (Protocol.MONGO, Protocol.MYSQL) for routed in found)
    # An undeclared port joins a listener for other bytes with a chain for HTTP.
    http = (r for r in found if r.protocol is Protocol.AUTO and call.speaks in _HTTP and not alone)
    return next(http, found[0] if found else None)


def _external(view: MeshView, caller: Peer, call: Call, scope: Scope) -> Routed:
    address = call.address or (call.external if is_ip(call.external) else "")
    for entry in visible_entries(view, caller, scope):
        own = entry.single_addresses if entry.protocol.data_path_class != "http" else ()
        if own and call.port in (None, entry.port) and _leads_to(entry, own, address, call.external):
            return _through(entry)
    return _shared(view, caller, call, scope, call.host or call.external, "host-without-entry", address)


def _leads_to(entry: Entry, own: tuple[str, ...], address: str, host: str) -> bool:
    """Whether a call goes to one of an entry's addresses; a name is taken to lead there where DNS is not known."""
    return address in own if address else covers(entry.host, host)


def _shared(
    view: MeshView, caller: Peer, call: Call, scope: Scope, host: str, rule: str, address: str = ""
) -> Routed:  # fmt: skip
    """Ask the listener on every address of the port, else the outbound policy."""
    listener = shared_listener(view, caller, scope, call.port)
    ranged = listener.within(address, host) if address or call.external else ()
    if call.port is None:
        return _somewhere(view, caller, call, scope, host, rule)
    if listener.http and call.speaks in (None, *_HTTP) and not ranged:
        found = _by_host(view, caller, call, scope, host) if host else None
        if found is not None or call.speaks is not None:
            return found or _fallthrough(scope, "foreign-host" if rule == _NOT_HTTP else rule)
    name = host if call.speaks in (None, Carrier.TLS) else ""
    entry = listener.taker(address, host if call.external else "", name)
    if entry is not None:
        return _through(entry, "" if call.external else "entry-takes-port")
    return _fallthrough(scope, rule)


def _somewhere(view: MeshView, caller: Peer, call: Call, scope: Scope, host: str, rule: str) -> Routed:
    """Route a call to a port that is not known: by the name alone."""
    entry = next(entries_for(view, caller, scope, host, None), None) if call.external else None
    return _through(entry) if entry else _fallthrough(scope, rule)


def _by_host(view: MeshView, caller: Peer, call: Call, scope: Scope, host: str) -> Routed | None:
    """Route a request by its Host, among all that share the listener."""
    for service in view.services_like(host, caller.ref.namespace):
        protocol = _protocol(view, service, call.port)
        if protocol is None or protocol.data_path_class not in ("http", "auto"):
            continue
        if host_matches(host, hosts_of(view, service, caller)) and visible(view, service, caller, scope):
            rule = "" if service is call.service else "other-host"
            return Routed(Way.SERVICE, rule, service=service, protocol=protocol)
    if by_alias(view, caller, scope, host, call.port, lambda service: visible(view, service, caller, scope)):
        protocol = Protocol.HTTP2 if call.speaks is Carrier.HTTP2 else Protocol.HTTP
        return Routed(Way.SERVICE, "host-of-virtual-service", protocol=protocol, led_by=host)
    entry = _entry_by_host(view, caller, scope, host, call.port)
    return _through(entry, "" if call.external else "host-of-entry") if entry is not None else None


def _entry_by_host(view: MeshView, caller: Peer, scope: Scope, host: str, port: int | None) -> Entry | None:
    """Find the entry whose host is meant, the most specific one; of several with one host the youngest has the Host."""
    youngest = {e.host: e for e in visible_entries(view, caller, scope) if e.port == port}
    routed = [e for e in youngest.values() if e.protocol.data_path_class in ("http", "auto")]
    named = (e for e in routed if host in e.addresses or host_matches(host, stand_ins(view, e.host, caller)))
    found = next(named, None)
    matching = [e for e in routed if covers(e.host, host)]
    return found or min(matching, key=lambda e: (e.host.startswith("*"), -len(e.host)), default=None)


def _through(entry: Entry, rule: str = "") -> Routed:
    if entry.lost:
        return Routed(Way.REFUSED, "entries-clash", entry=entry)
    return Routed(Way.ENTRY, rule, entry=entry, protocol=entry.protocol)


def _protocol(view: MeshView, service: Service, number: int | None) -> Protocol | None:
    port = service.port(number) if number else None
    return None if port is None else view.protocol_of(port)


def _fallthrough(scope: Scope, rule: str) -> Routed:
    return Routed(Way.REFUSED, "registry-only") if scope.registry_only else Routed(Way.PASSTHROUGH, rule)
