"""What else a caller's sidecar listens to on a port number, on every address.

Source: istio/istio pilot/pkg/networking/core/listener.go buildSidecarOutboundHTTPListenerOpts and
buildSidecarOutboundTCPListenerOpts (HTTP Services share one listener per port number; a TCP entry without addresses
on the same number turns it into one that looks at the bytes).
"""

from __future__ import annotations

from planner.mesh.entries import visible_entries
from planner.mesh.outbound_visibility import visible
from planner.mesh.sidecar_scope import Scope
from planner.mesh.view import MeshView, Peer


def shared_port(view: MeshView, caller: Peer, scope: Scope, port: int | None) -> str:
    """Tell what the caller's sidecar has on every address of a port: `http`, `tcp`, `mixed`, or nothing (empty)."""
    if port is None:
        return ""
    kinds = {e.protocol.data_path_class for e in visible_entries(view, caller, scope) if e.port == port}
    opaque = any(
        e.port == port and not e.addresses and e.protocol.data_path_class in ("tcp", "auto")
        for e in visible_entries(view, caller, scope)
    )
    http = "http" in kinds or any(
        (item := service.port(port)) is not None
        and view.protocol_of(item).data_path_class == "http"
        and visible(view, service, caller, scope)
        for service in view.services_on(port)
    )
    if http:
        return "mixed" if opaque else "http"
    return "tcp" if opaque else ""
