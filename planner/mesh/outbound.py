"""Where a caller's sidecar sends a call: to a Service, to a ServiceEntry, past the mesh, or nowhere.

On a port declared HTTP one listener serves every address of that port and the Host header decides; on all others the
address does. What nothing matches is passed through or refused, by the outbound policy.

Source: istio/istio pilot/pkg/networking/core (listener.go buildSidecarOutboundListeners, httproute.go
buildSidecarOutboundVirtualHosts and buildCatchAllVirtualHost, listener_builder.go for the policy).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from planner.mesh.calling import Call
from planner.mesh.entries import Entry, entries_for
from planner.mesh.host_header import host_matches
from planner.mesh.listeners import shared_port
from planner.mesh.outbound_visibility import hosts_of, visible
from planner.mesh.protocol import Protocol
from planner.mesh.reserved_ports import UNROUTED_PORTS
from planner.mesh.sidecar_scope import Scope, scope_of
from planner.mesh.spoken import Carrier
from planner.mesh.view import MeshView, Peer
from planner.mesh.virtual_service_hosts import service_by_alias
from planner.model.services import Service


class Way(StrEnum):
    """What becomes of a call on its way out."""

    SERVICE = "service"
    ENTRY = "entry"
    PASSTHROUGH = "passthrough"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Routed:
    """Where the caller's sidecar sends a call.

    Attributes:
        way: See `Way`.
        rule: Key of `call_notes.CALL_NOTES` where the way is not the expected one, else empty.
        service: The Service whose rules hold.
        entry: The ServiceEntry whose rules hold.
        protocol: What Istio takes the port for.
    """

    way: Way
    rule: str = ""
    service: Service | None = None
    entry: Entry | None = None
    protocol: Protocol | None = None


def route(view: MeshView, caller: Peer, call: Call) -> Routed:
    """Tell where the caller's sidecar sends a call."""
    scope = scope_of(view, caller.ref.namespace, caller.labels)
    if call.external:
        return _external(view, caller, call, scope)
    if call.service is None or call.direct:
        return _direct(view, caller, call, scope)
    return _service(view, caller, call, scope, call.service)


def _service(view: MeshView, caller: Peer, call: Call, scope: Scope, service: Service) -> Routed:
    port = service.port(call.port) if call.port else (service.ports[0] if len(service.ports) == 1 else None)
    if not visible(view, service, caller, scope):
        return _unmatched(view, caller, call, scope, "hidden-service")
    if port is None:
        return _unmatched(view, caller, call, scope, "port-not-in-service")
    protocol = view.protocol_of(port)
    if protocol is Protocol.UDP:
        return _unmatched(view, caller, call, scope, "no-listener")
    if protocol.data_path_class != "http":
        return Routed(Way.SERVICE, service=service, protocol=protocol)
    if port.number in UNROUTED_PORTS:
        return _fallthrough(scope, "no-listener")
    broken = _not_http(call)
    if broken:
        return Routed(Way.BROKEN, broken, service, protocol=protocol)
    if call.host and not host_matches(call.host, hosts_of(view, service, caller)):
        return _by_host(view, caller, call, scope)
    return Routed(Way.SERVICE, service=service, protocol=protocol)


def _not_http(call: Call) -> str:
    """Say why bytes that an HTTP listener cannot read break there; empty where it can, or where nothing is known."""
    if call.speaks is Carrier.TLS:
        return "tls-into-http-listener"
    return "not-http-on-http-port" if call.speaks is Carrier.TCP else ""


def _by_host(view: MeshView, caller: Peer, call: Call, scope: Scope) -> Routed:
    """Route a request by a Host that is not that of the Service it was addressed to."""
    for service in view.services_on(call.port):
        protocol = _protocol(view, service, call.port)
        if protocol is None or protocol.data_path_class != "http" or not visible(view, service, caller, scope):
            continue
        if host_matches(call.host, hosts_of(view, service, caller)):
            return Routed(Way.SERVICE, "other-host", service, protocol=protocol)
    alias = service_by_alias(view, caller.ref.namespace, call.host, call.port)
    if alias is not None:
        return Routed(Way.SERVICE, "host-of-virtual-service", alias, protocol=_protocol(view, alias, call.port))
    for entry in entries_for(view, caller, scope, call.host, call.port):
        if entry.protocol.data_path_class == "http":
            return Routed(Way.ENTRY, "host-of-entry", entry=entry, protocol=entry.protocol)
    return _fallthrough(scope, "foreign-host")


def _protocol(view: MeshView, service: Service, number: int | None) -> Protocol | None:
    port = service.port(number) if number else None
    return None if port is None else view.protocol_of(port)


def _direct(view: MeshView, caller: Peer, call: Call, scope: Scope) -> Routed:
    """Route a call to a pod's own address: only a headless Service has a listener for it."""
    for service in _headless_in_front(view, call.pods):
        port = service.port(call.port) if call.port else None
        if port is None or not visible(view, service, caller, scope):
            continue
        protocol = view.protocol_of(port)
        if protocol.data_path_class in ("auto", "tcp", "tls"):
            return Routed(Way.SERVICE, service=service, protocol=protocol)
    return _unmatched(view, caller, call, scope, "pod-address")


def _headless_in_front(view: MeshView, pods: tuple[Peer, ...]) -> Iterator[Service]:
    yield from dict.fromkeys(service for pod in pods for service in view.in_front_of(pod) if service.headless)


def _external(view: MeshView, caller: Peer, call: Call, scope: Scope) -> Routed:
    for entry in entries_for(view, caller, scope, call.external, call.port):
        kind = entry.protocol.data_path_class
        if kind == "http":
            broken = _not_http(call)
            if broken:
                return Routed(Way.BROKEN, broken, entry=entry, protocol=entry.protocol)
        if kind == "tls" and call.speaks is not None and call.speaks is not Carrier.TLS:
            continue  # matched by SNI, which only TLS brings
        return Routed(Way.ENTRY, entry=entry, protocol=entry.protocol)
    return _unmatched(view, caller, call, scope, "host-without-entry")


def _unmatched(view: MeshView, caller: Peer, call: Call, scope: Scope, rule: str) -> Routed:
    """Look at what no Service and no entry claims: an HTTP listener of the same port number takes it all the same."""
    if shared_port(view, caller, scope, call.port) == "http":
        broken = _not_http(call)
        if broken:
            return Routed(Way.BROKEN, "http-listener-on-port")
        if call.host:
            return _by_host(view, caller, call, scope)
    return _fallthrough(scope, rule)


def _fallthrough(scope: Scope, rule: str) -> Routed:
    return Routed(Way.REFUSED, "registry-only") if scope.registry_only else Routed(Way.PASSTHROUGH, rule)
