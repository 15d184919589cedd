"""The words in which one call is described: who calls, who is called, what is configured, what else is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallerKind(StrEnum):
    """Who sends, and what handles its traffic on the way out."""

    SIDECAR = "sidecar"
    GATEWAY = "gateway"
    """An Istio ingress or egress gateway."""
    PASSTHROUGH = "sidecar_passthrough"
    """Has a sidecar, but the traffic matched no Service (pod IP, foreign Host, hidden by Sidecar or exportTo)."""
    NONE = "none"
    """No proxy, plaintext."""
    NONE_TLS = "none_tls"
    """No proxy; the application speaks its own TLS."""
    AMBIENT = "ambient"


class CalleeKind(StrEnum):
    """Who receives, and what handles its traffic on the way in. All but `MIXED_HEADLESS` have a ClusterIP."""

    SIDECAR = "sidecar"
    """Every pod has a sidecar; in a mesh with ambient, one that carries the tunnel label."""
    SIDECAR_NO_HBONE = "sidecar_no_hbone"
    """Every pod has a sidecar that was injected before the mesh had ambient."""
    MIXED_CLUSTERIP = "mixed_clusterip"
    """Some pods have a sidecar, some do not."""
    MIXED_HEADLESS = "mixed_headless"
    NONE = "none"
    AMBIENT = "ambient"
    AMBIENT_WAYPOINT = "ambient_waypoint"
    EXTERNAL = "external"
    """A ServiceEntry of the location MESH_EXTERNAL."""


class Mode(StrEnum):
    """Effective PeerAuthentication; nothing configured is PERMISSIVE."""

    PERMISSIVE = "PERMISSIVE"
    STRICT = "STRICT"
    DISABLE = "DISABLE"


class TlsMode(StrEnum):
    """`trafficPolicy.tls.mode` of the DestinationRule that the caller selects."""

    UNSET = "unset"
    DISABLE = "DISABLE"
    ISTIO_MUTUAL = "ISTIO_MUTUAL"
    SIMPLE = "SIMPLE"
    MUTUAL = "MUTUAL"


class Pod(StrEnum):
    """One kind of endpoint behind a callee."""

    SIDECAR = "sidecar"
    SIDECAR_NO_HBONE = "sidecar_no_hbone"
    BARE = "bare"
    ZTUNNEL = "ztunnel"
    OUTSIDE = "outside"

    @property
    def has_sidecar(self) -> bool:
        """True where an Envoy of the mesh receives."""
        return self in (Pod.SIDECAR, Pod.SIDECAR_NO_HBONE)


class Wire(StrEnum):
    """What goes over the network between the two sides; the values are those of `Outcome.encrypted`."""

    PLAIN = "no"
    MTLS = "mtls"
    HBONE = "hbone"
    FOREIGN_TLS = "tls"
    """TLS without the mesh's client certificate: the application's own, or originated by a DestinationRule."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of a call. The defaults are those of the truth table.

    Attributes:
        headless: The Service has no ClusterIP.
        service_mode: PeerAuthentication of the callee's namespace or mesh, which is all that callers read for a
            whole Service; None where it equals the effective mode.
        auto_mtls: `meshConfig.enableAutoMtls`.
        registry_only: The caller's outbound policy is REGISTRY_ONLY.
        port_class: `Protocol.data_path_class` of the port, None where not known.
        app_serves_tls: The application serves TLS on the port; None where not known.
        app_speaks_tls: The calling application speaks TLS itself although it has a proxy.
        marked: TLS mode of the whole host, where settings of the port without `tls` stand in its way: the endpoints
            are still marked by it.
        by_entry: The call is taken for one of a ServiceEntry, although it lands on a pod of the cluster.
    """

    headless: bool = False
    service_mode: Mode | None = None
    auto_mtls: bool = True
    registry_only: bool = False
    port_class: str | None = None
    app_serves_tls: bool | None = None
    app_speaks_tls: bool = False
    marked: TlsMode = TlsMode.UNSET
    by_entry: bool = False


_PODS = {
    CalleeKind.SIDECAR: (Pod.SIDECAR,),
    CalleeKind.SIDECAR_NO_HBONE: (Pod.SIDECAR_NO_HBONE,),
    CalleeKind.MIXED_CLUSTERIP: (Pod.SIDECAR, Pod.BARE),
    CalleeKind.MIXED_HEADLESS: (Pod.SIDECAR, Pod.BARE),
    CalleeKind.NONE: (Pod.BARE,),
    CalleeKind.AMBIENT: (Pod.ZTUNNEL,),
    CalleeKind.AMBIENT_WAYPOINT: (Pod.ZTUNNEL,),
    CalleeKind.EXTERNAL: (Pod.OUTSIDE,),
}


def pods_of(callee: CalleeKind) -> tuple[Pod, ...]:
    """Give the kinds of endpoint that a call to this callee may hit."""
    return _PODS[callee]
