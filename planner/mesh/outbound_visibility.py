"""Which Services a caller's sidecar knows, and by which Host they are reached.

Source: istio/istio pilot/pkg/model/sidecar.go, pilot/pkg/serviceregistry/kube/conversion.go (the export annotation).
"""

from __future__ import annotations

from planner.mesh.host_header import accepted_hosts
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Peer
from planner.model.services import Service

_EXPORT = "networking.istio.io/exportTo"


def visible(view: MeshView, service: Service, caller: Peer, scope: Scope) -> bool:
    """Whether a caller's sidecar knows a Service: by the Service's own export, and by the caller's Sidecar."""
    said = service.object.annotations.get(_EXPORT, "")
    names = {part.strip() for part in said.split(",") if part.strip()}
    own = service.ref.namespace == caller.ref.namespace
    if names and not (names & {"*", caller.ref.namespace} or (own and "." in names)):
        return False
    return scope.sees(caller.ref.namespace, service.ref.namespace, view.host_of(service))


def hosts_of(view: MeshView, service: Service, caller: Peer) -> tuple[str, ...]:
    """List the Host values that reach a Service from this caller."""
    return accepted_hosts(
        service.ref.name,
        service.ref.namespace,
        caller.ref.namespace,
        view.settings.cluster_domain,
        view.settings.istio,
        cluster_ips=service.addresses,
        headless=service.headless,
    )
