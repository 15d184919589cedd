"""The two ends of a call as proxies see them, and what holds for the whole mesh around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from planner.mesh.versions import Version
from planner.model.fields import int_at, maps_at, text_at
from planner.model.refs import Ref
from planner.model.services import ServicePort


class Proxy(StrEnum):
    """What handles the traffic of a pod."""

    NONE = "none"
    SIDECAR = "sidecar"
    OLD_SIDECAR = "sidecar without tunnel"
    """Injected before the mesh had ambient, so that ztunnel cannot reach it by HBONE."""
    ZTUNNEL = "ztunnel"
    GATEWAY = "gateway"

    @property
    def is_sidecar(self) -> bool:
        """True where an Envoy sits beside the application."""
        return self in (Proxy.SIDECAR, Proxy.OLD_SIDECAR)


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """A kind of pod: one end of a call.

    Attributes:
        ref: The workload.
        labels: Of the pods.
        annotations: Of the pods.
        proxy: What handles their traffic.
        account: Service account.
        ports: Numbers of the named container ports.
    """

    ref: Ref
    labels: Mapping[str, str]
    proxy: Proxy
    annotations: Mapping[str, str] = field(default_factory=dict)
    account: str = "default"
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MeshSettings:
    """What holds for the whole mesh.

    Attributes:
        istio: Version of the control plane.
        registry_only: Mesh-wide outbound policy.
        auto_mtls: `meshConfig.enableAutoMtls`.
        root_namespace: Namespace of mesh-wide objects.
        cluster_domain: DNS domain of the cluster.
        tunnel_label: Every new sidecar carries the tunnel label, as in a mesh that has ambient.
    """

    istio: Version
    registry_only: bool = False
    auto_mtls: bool = True
    root_namespace: str = "istio-system"
    cluster_domain: str = "cluster.local"
    tunnel_label: bool = False


def target_port(port: ServicePort, peer: Peer) -> int | None:
    """Give the number of the container port that a Service port leads to; None for an unknown name."""
    return port.target if isinstance(port.target, int) else peer.ports.get(port.target)


def container_ports(containers: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Collect the named ports of a pod's containers."""
    ports = (port for raw in containers for _, port in maps_at(raw, "ports"))
    return {text_at(port, "name"): number for port in ports if (number := int_at(port, "containerPort"))}
