"""What stands before an application on its way in: whether its proxy sees a port, and how it reads the bytes.

Source: istio/istio pilot/pkg/networking/core/listener_inbound.go (the oldest Service on a target port decides the
protocol; a port of no Service is detected), cni/pkg/plugin/sidecar_redirect.go and pkg/kube/inject (ports left out).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.mesh.peer_authentication import effective, service_mode
from planner.mesh.peers import Peer, target_port
from planner.mesh.protocol import Protocol
from planner.mesh.transport_kinds import Mode
from planner.mesh.view import MeshView

_PREFIX = "traffic.sidecar.istio.io/"
_NEVER_CAPTURED = frozenset({15020, 15021, 15090})


@dataclass(frozen=True, slots=True)
class Door:
    """One port of one kind of pod, as the mesh sees it.

    Attributes:
        mode: Effective PeerAuthentication.
        source: The PeerAuthentication that says so, or an empty string.
        service_mode: What callers take for the mode of the whole Service.
        protocol: What the pod's own proxy takes the port for.
        captured: The pod's proxy sees the port at all.
    """

    mode: Mode
    source: str
    service_mode: Mode
    protocol: Protocol
    captured: bool


def door(view: MeshView, pod: Peer, port: int | None) -> Door:
    """Describe a container port; None stands for a port that is not known."""
    return view.remember(("door", pod.ref.namespace, pod, port), lambda: _door(view, pod, port))


def _door(view: MeshView, pod: Peer, port: int | None) -> Door:
    root, namespace = view.settings.root_namespace, pod.ref.namespace
    relevant = [*view.in_namespace("PeerAuthentication", namespace)]
    if namespace != root:
        relevant += view.in_namespace("PeerAuthentication", root)
    ambient = not pod.proxy.is_sidecar and pod.proxy.value == "ztunnel"
    at_pod = effective(relevant, namespace, pod.labels, port, root, ambient=ambient)
    for_service = service_mode(relevant, namespace, root)
    return Door(
        Mode(at_pod.mode), at_pod.source, Mode(for_service.mode), inbound_protocol(view, pod, port), captured(pod, port)
    )


def inbound_protocol(view: MeshView, pod: Peer, port: int | None) -> Protocol:
    """Say what the pod's own proxy takes a container port for."""
    for service in view.in_front_of(pod):
        for item in service.ports:
            if item.l4 == "TCP" and target_port(item, pod) == port:
                return view.protocol_of(item)
    return Protocol.AUTO


def captured(pod: Peer, port: int | None) -> bool:
    """Whether a sidecar sees what arrives at a container port."""
    if port in _NEVER_CAPTURED:
        return False
    included = pod.annotations.get(_PREFIX + "includeInboundPorts", "*").strip()
    if included != "*":
        return str(port) in _ports(included)
    return str(port) not in _ports(pod.annotations.get(_PREFIX + "excludeInboundPorts", ""))


def sees_outbound(annotations: Mapping[str, str], port: int | None) -> bool:
    """Whether a sidecar sees what leaves for a port; ranges of addresses are not looked at."""
    return str(port) not in _ports(annotations.get(_PREFIX + "excludeOutboundPorts", ""))


def _ports(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())
