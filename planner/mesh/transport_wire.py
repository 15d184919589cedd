"""What the caller's side puts on the wire towards one kind of pod.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/xds/endpoints/mtls_checker.go,
pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode, pilot/pkg/networking/core/cluster.go for HBONE.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.transport_kinds import CalleeKind, CallerKind, Circumstances, Mode, Pod, TlsMode, Wire, pods_of

_ORIGINATES = (TlsMode.SIMPLE, TlsMode.MUTUAL)


@dataclass(frozen=True, slots=True)
class Sent:
    """What arrives at the pod.

    Attributes:
        wire: The outermost layer.
        note_key: Why, as a key of `transport_notes.NOTES`.
        inner_tls: TLS that is not the mesh's is carried inside, so the application must serve TLS.
        by_app: The outer TLS is the calling application's own.
    """

    wire: Wire
    note_key: str
    inner_tls: bool = False
    by_app: bool = False


def sent_to(pod: Pod, caller: CallerKind, callee: CalleeKind, mode: Mode, tls: TlsMode, known: Circumstances) -> Sent:
    """Tell what the caller's side sends to this kind of pod, given what the caller can see."""
    if caller is CallerKind.NONE_TLS:
        return Sent(Wire.FOREIGN_TLS, "own-tls", by_app=True)
    if caller is CallerKind.NONE:
        return Sent(Wire.PLAIN, "no-client-proxy")
    if caller is CallerKind.PASSTHROUGH:
        return _unwrapped("passthrough", known)
    if caller is CallerKind.AMBIENT:
        return _by_ztunnel(pod, callee, tls, known)
    # A headless Service is an original-destination cluster in sidecars, and those do not tunnel.
    if pod is Pod.ZTUNNEL and not (_headless(callee, known) and caller is CallerKind.SIDECAR):
        return Sent(Wire.HBONE, "hbone", inner_tls=tls in _ORIGINATES)
    return _by_envoy(pod, callee, mode, tls, known)


def _unwrapped(note_key: str, known: Circumstances) -> Sent:
    """No proxy wraps the bytes: they leave as the application sent them."""
    if known.app_speaks_tls:
        return Sent(Wire.FOREIGN_TLS, note_key, by_app=True)
    return Sent(Wire.PLAIN, note_key)


def _by_ztunnel(pod: Pod, callee: CalleeKind, tls: TlsMode, known: Circumstances) -> Sent:
    if pod in (Pod.SIDECAR, Pod.ZTUNNEL):
        # Only a waypoint reads DestinationRules; ztunnel does not.
        originated = callee is CalleeKind.AMBIENT_WAYPOINT and tls in _ORIGINATES
        return Sent(Wire.HBONE, "waypoint-tls" if originated else "hbone", inner_tls=originated)
    return _unwrapped("no-tunnel-label" if pod is Pod.SIDECAR_NO_HBONE else "outside-the-mesh", known)


def _by_envoy(pod: Pod, callee: CalleeKind, mode: Mode, tls: TlsMode, known: Circumstances) -> Sent:
    if tls is TlsMode.DISABLE:
        return _unwrapped("forced-plaintext", known)
    if tls is TlsMode.ISTIO_MUTUAL:
        return Sent(Wire.MTLS, "forced-mtls")
    if tls in _ORIGINATES:
        return Sent(Wire.FOREIGN_TLS, "tls-origination")
    if known.marked is not TlsMode.UNSET and _marks_count(pod, callee, known):
        wanted = known.marked is TlsMode.ISTIO_MUTUAL and pod.has_sidecar
        return Sent(Wire.MTLS, "forced-mtls") if wanted else _unwrapped("forced-plaintext", known)
    plain = _why_plain(pod, callee, mode, known)
    return _unwrapped(plain, known) if plain else Sent(Wire.MTLS, "auto-mtls")


def _marks_count(pod: Pod, callee: CalleeKind, known: Circumstances) -> bool:
    """Whether the marks of endpoints decide: auto mTLS is on for the host, and the proxy has a list of endpoints.

    Source: istio/istio pilot/pkg/xds/endpoints/mtls_checker.go trafficPolicyTLSModeForPort, which falls back to the
    host's `tls`, while cluster_traffic_policy.go does not.
    """
    off = pod is Pod.OUTSIDE or known.by_entry or not known.auto_mtls or known.service_mode is Mode.DISABLE
    return not off and not _headless(callee, known)


def _why_plain(pod: Pod, callee: CalleeKind, mode: Mode, known: Circumstances) -> str:
    """Give the rule by which auto mTLS stays off, or an empty string."""
    if pod is Pod.OUTSIDE or known.by_entry:
        return "external"
    if not known.auto_mtls:
        return "auto-mtls-off"
    if (known.service_mode or mode) is Mode.DISABLE:
        return "disable-seen"
    if _headless(callee, known):
        # Headless is all or nothing, and no endpoint's own mode is looked at.
        return "" if all(other.has_sidecar for other in pods_of(callee)) else "headless-all-or-nothing"
    if not pod.has_sidecar:
        return "outside-the-mesh"
    return "disable-seen" if mode is Mode.DISABLE else ""


def _headless(callee: CalleeKind, known: Circumstances) -> bool:
    return known.headless or callee is CalleeKind.MIXED_HEADLESS
