"""Which Services a caller's sidecar knows, and by which Host they are reached.

Source: istio/istio pilot/pkg/model/sidecar.go, pilot/pkg/serviceregistry/kube/conversion.go (the export annotation).
"""

from __future__ import annotations

from planner.mesh.host_header import accepted_hosts
from planner.mesh.peers import Peer
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView
from planner.model.services import Service

_EXPORT = "networking.istio.io/exportTo"


def visible(view: MeshView, service: Service, caller: Peer, scope: Scope) -> bool:
    """Whether a caller's sidecar knows a Service: by the Service's own export, and by the caller's Sidecar."""
    here = caller.ref.namespace
    return exported_to(service, here) and scope.sees(here, service.ref.namespace, view.host_of(service))


def exported_to(service: Service, namespace: str) -> bool:
    """Whether a Service lets callers of a namespace know it."""
    names = _exports(service)
    own = service.ref.namespace == namespace
    return not names or bool(names & {"*", namespace}) or (own and "." in names)


def everywhere(service: Service) -> bool:
    """Whether a Service is exported to every namespace."""
    names = _exports(service)
    return not names or "*" in names


def _exports(service: Service) -> set[str]:
    said = service.object.annotations.get(_EXPORT, "")
    return {part.strip() for part in said.split(",") if part.strip()}


def hosts_of(view: MeshView, service: Service, caller: Peer) -> tuple[str, ...]:
    """List the Host values that reach a Service from this caller: its own, and those of names that stand for it."""
    return _names(view, service, caller) + stand_ins(view, view.host_of(service), caller)


def stand_ins(view: MeshView, host: str, caller: Peer) -> tuple[str, ...]:
    """List the Host values of the ExternalName Services that stand for a host."""
    if not view.settings.istio.at_least(1, 21):
        return ()
    aliases = view.remember(("aliases",), lambda: _aliases(view)).get(host, ())
    return tuple(name for alias in aliases for name in _names(view, alias, caller))


def _names(view: MeshView, service: Service, caller: Peer) -> tuple[str, ...]:
    return accepted_hosts(
        service.ref.name,
        service.ref.namespace,
        caller.ref.namespace,
        view.settings.cluster_domain,
        view.settings.istio,
        cluster_ips=service.addresses,
        headless=service.headless,
    )


def _aliases(view: MeshView) -> dict[str, list[Service]]:
    """Collect the ExternalName Services by the host they stand for.

    Source: istio/istio pilot/pkg/model/push_context.go resolveServiceAliases (since 1.21).
    """
    found: dict[str, list[Service]] = {}
    for service in view.services:
        if service.external_name:
            found.setdefault(service.external_name.lower().rstrip("."), []).append(service)
    return found
