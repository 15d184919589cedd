"""The Services that VirtualServices on the mesh lead a Host or a Service's own name to.

Source: istio/istio pilot/pkg/networking/core/route/route.go (a host outside the registry is accepted on every HTTP port
of the Service that the same VirtualService names; alone it is accepted on port 80), httproute.go (one VirtualService
per host, the oldest).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.mesh.hostnames import covers
from planner.mesh.view import MeshView, Raw, exported, namespace_of
from planner.mesh.virtual_service import on_mesh
from planner.model.fields import list_at, map_at, maps_at, text_at
from planner.model.services import Service


def service_by_alias(view: MeshView, namespace: str, host: str, port: int | None) -> Service | None:
    """Find the Service that a VirtualService leads a foreign Host to, for callers of a namespace."""
    for raw in _rules(view, namespace, host):
        own = [service for name in hosts(raw, view) if (service := view.service_of(name)) is not None]
        if not (port == 80 or any(service.port(port or 0) for service in own)):
            continue
        for name in destinations(raw, view):
            service = view.service_of(name)
            if service is not None:
                return service
    return None


def routed_by(view: MeshView, namespace: str, host: str) -> Raw | None:
    """Find the VirtualService whose rules a caller of a namespace follows for a host."""
    return next(_rules(view, namespace, host), None)


def _rules(view: MeshView, namespace: str, host: str) -> Iterator[Raw]:
    for raw in view.of_kind("VirtualService"):
        if on_mesh(map_at(raw, "spec")) and exported(raw, namespace) and any(covers(h, host) for h in hosts(raw, view)):
            yield raw


def hosts(raw: Raw, view: MeshView) -> tuple[str, ...]:
    """List the hosts of a VirtualService; a name without a dot is completed with its own namespace."""
    return tuple(_full(text_at(host), raw, view) for host in list_at(raw, "spec", "hosts"))


def destinations(raw: Raw, view: MeshView) -> tuple[str, ...]:
    """List the hosts that the rules of a VirtualService lead to, in order, each once."""
    found = (
        _full(text_at(target, "destination", "host"), raw, view)
        for part in ("http", "tls", "tcp")
        for _, rule in maps_at(raw, "spec", part)
        for _, target in maps_at(rule, "route")
    )
    return tuple(dict.fromkeys(found))


def _full(name: str, raw: Raw, view: MeshView) -> str:
    if "." in name or name.startswith("*"):
        return name.lower()
    return f"{name}.{namespace_of(raw)}.svc.{view.settings.cluster_domain}"
