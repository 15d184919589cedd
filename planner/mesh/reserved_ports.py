"""Ports that the mesh takes for itself inside an application's pod.

Source: istio.io ops/deployment/application-requirements; istio/istio pilot/pkg/model/context.go
conflictWithReservedListener, pilot/pkg/networking/core/listener_inbound.go.
"""

from __future__ import annotations

_SIDECAR = {
    15000: "Envoy's admin interface (localhost)",
    15001: "Envoy's listener for outbound traffic",
    15002: "listed as reserved by Istio, for failure detection",
    15004: "Envoy's debug port",
    15006: "Envoy's listener for inbound traffic",
    15008: "HBONE tunnel",
    15020: "the agent: merged metrics, rewritten probes",
    15021: "health of the sidecar",
    15053: "the agent's DNS resolver",
    15090: "Envoy's Prometheus metrics",
}

_ZTUNNEL = {
    15001: "ztunnel's listener for outbound traffic",
    15006: "ztunnel's listener for plaintext inbound traffic",
    15008: "HBONE tunnel",
    15053: "ztunnel's DNS resolver",
    15080: "ztunnel's outbound proxy inside the pod",
}

CONTROL_PLANE_PORTS: dict[int, str] = {
    8080: "istiod's debug interface",
    15010: "istiod: configuration in plaintext",
    15012: "istiod: configuration and certificates",
    15014: "istiod's own metrics",
    15017: "istiod's webhooks (Service port 443)",
    15443: "east-west gateway",
}
"""Ports of istiod and gateways; they clash with nothing in an application's pod."""

UNROUTED_PORTS = frozenset({15001, 15006, 15021, 15090})
"""An HTTP Service port with such a number gets no outbound listener, a target port no inbound chain."""


def reserved(port: int, mode: str = "sidecar") -> str | None:
    """Tell who uses a port inside the pod, or None where an application may have it.

    Args:
        port: A container port, or any port that the application listens on.
        mode: `sidecar` or `ambient`.
    """
    return (_ZTUNNEL if mode == "ambient" else _SIDECAR).get(port)
