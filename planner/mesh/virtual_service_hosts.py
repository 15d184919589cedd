"""The Services that VirtualServices on the mesh lead a Host or a Service's own name to.

Source: istio/istio pilot/pkg/networking/core/route/route.go (a host outside the registry is accepted on every HTTP port
of the Service that the same VirtualService names; alone it is accepted on port 80), httproute.go (one VirtualService
per host, the oldest).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from planner.mesh.hostnames import covers
from planner.mesh.peers import Peer
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Raw, exported, namespace_of
from planner.mesh.virtual_service import on_mesh
from planner.model.fields import list_at, map_at, text_at
from planner.model.services import Service


def by_alias(
    view: MeshView, caller: Peer, scope: Scope, host: str, port: int | None, known: Callable[[Service], bool]
) -> Raw | None:  # fmt: skip
    """Find the VirtualService that accepts a foreign Host on a port.

    Args:
        view: The mesh.
        caller: Whose sidecar looks.
        scope: What that sidecar sees.
        host: As it is sent.
        port: That is called.
        known: Whether the caller's sidecar knows a Service.
    """
    for raw in rules_for(view, caller, scope, host):
        own = (service for name in hosts(raw, view) if (service := view.service_of(name)) is not None)
        beside = any(known(service) and _for_http(view, service, port) for service in own)
        if list_at(raw, "spec", "http") and (port == 80 or beside):
            return raw
    return None


def _for_http(view: MeshView, service: Service, number: int | None) -> bool:
    port = service.port(number) if number is not None else None
    return port is not None and view.protocol_of(port).data_path_class in ("http", "auto")


def routed_by(view: MeshView, caller: Peer, scope: Scope, host: str) -> Raw | None:
    """Find the VirtualService whose rules a caller follows for a host."""
    return next(rules_for(view, caller, scope, host), None)


def rules_for(view: MeshView, caller: Peer, scope: Scope, host: str) -> Iterator[Raw]:
    """Yield the VirtualServices that a caller's sidecar has for a host, the one that keeps the host first.

    Source: istio/istio pilot/pkg/model/push_context.go VirtualServicesForGateway (those exported to few before those
    exported to all), sidecar.go selectVirtualServices (the Sidecar must let one of its hosts in).
    """
    namespace = caller.ref.namespace
    exact, wild = view.remember(("virtual services",), lambda: _by_name(view))
    for _, raw in sorted((*exact.get(host.lower(), ()), *wild), key=lambda item: item[0]):
        names = hosts(raw, view)
        known = exported(raw, namespace) and any(scope.sees(namespace, namespace_of(raw), name) for name in names)
        if known and any(covers(name, host) for name in names):
            yield raw


_Placed = tuple[int, Raw]


def _by_name(view: MeshView) -> tuple[dict[str, list[_Placed]], list[_Placed]]:
    """Sort the VirtualServices of the mesh by their hosts: those that name one, and those with a wildcard."""
    exact: dict[str, list[_Placed]] = {}
    wild: dict[int, Raw] = {}
    for place, raw in enumerate(sorted(view.of_kind("VirtualService"), key=_everywhere)):
        if not on_mesh(map_at(raw, "spec")):
            continue
        for name in dict.fromkeys(hosts(raw, view)):
            if name.startswith("*"):
                wild[place] = raw
            else:
                exact.setdefault(name, []).append((place, raw))
    return exact, list(wild.items())


def _everywhere(raw: Raw) -> bool:
    values = [text_at(value) for value in list_at(raw, "spec", "exportTo")]
    return not values or "*" in values


def hosts(raw: Raw, view: MeshView) -> tuple[str, ...]:
    """List the hosts of a VirtualService; a name without a dot is completed with its own namespace."""
    return tuple(full_name(text_at(host), raw, view) for host in list_at(raw, "spec", "hosts"))


def full_name(name: str, raw: Raw, view: MeshView) -> str:
    """Complete a name without a dot by the namespace of the VirtualService that writes it."""
    if "." in name or name.startswith("*"):
        return name.lower()
    return f"{name}.{namespace_of(raw)}.svc.{view.settings.cluster_domain}"
