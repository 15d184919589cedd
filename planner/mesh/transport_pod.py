"""What one kind of pod does with what arrives.

Source: istio/istio pilot/pkg/networking/core (filterchain_options.go, listener_inbound.go); for ztunnel istio/istio
pilot/pkg/serviceregistry/ambient/authorization.go and istio/ztunnel src/rbac.rs.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.transport_kinds import Circumstances, Mode, Pod, Wire
from planner.mesh.transport_wire import Sent

SERVES_TLS = "whether the application serves TLS on the port"
PORT_CLASS = "whether the port is declared HTTP"


@dataclass(frozen=True, slots=True)
class Reception:
    """What the pod does.

    Attributes:
        accepted: None where a fact is missing.
        note_key: Why, as a key of `transport_notes.NOTES`; empty where acceptance needs no explaining.
        missing: The missing fact.
    """

    accepted: bool | None
    note_key: str = ""
    missing: str = ""


def receive(pod: Pod, sent: Sent, mode: Mode, known: Circumstances) -> Reception:
    """Tell what this kind of pod does with what arrives."""
    if known.app_speaks_tls and sent.wire is Wire.FOREIGN_TLS and not sent.by_app:
        return Reception(False, "double-tls")
    if sent.wire is Wire.HBONE:
        return _needs_tls_in_app("tls-in-tunnel", known) if sent.inner_tls else Reception(True)
    if pod is Pod.ZTUNNEL:
        return _by_ztunnel(sent, mode, known)
    if pod.has_sidecar:
        return _by_sidecar(sent, mode, known)
    return _by_application(sent, known)


def _by_application(sent: Sent, known: Circumstances) -> Reception:
    if sent.wire is Wire.MTLS:
        return Reception(False, "mtls-to-application")
    if sent.wire is Wire.FOREIGN_TLS and not sent.by_app:
        return _needs_tls_in_app("tls-needs-server", known)
    return Reception(True)  # As it was without a mesh.


def _by_ztunnel(sent: Sent, mode: Mode, known: Circumstances) -> Reception:
    if mode is Mode.STRICT:
        return Reception(False, "ztunnel-strict")
    # DISABLE is ignored by ztunnel and acts like PERMISSIVE.
    if sent.wire is Wire.MTLS:
        return Reception(False, "mtls-to-application")
    if sent.wire is Wire.FOREIGN_TLS:
        return _needs_tls_in_app("tls-needs-server", known)
    return Reception(True)


def _by_sidecar(sent: Sent, mode: Mode, known: Circumstances) -> Reception:
    if sent.wire is Wire.MTLS:
        return Reception(False, "mtls-to-disabled") if mode is Mode.DISABLE else Reception(True)
    if mode is Mode.STRICT:
        return Reception(False, "strict-plaintext" if sent.wire is Wire.PLAIN else "strict-foreign-tls")
    if sent.wire is Wire.PLAIN:
        return Reception(True)
    if known.port_class == "http":
        return Reception(False, "foreign-tls-on-http-port")
    served = _needs_tls_in_app("foreign-tls-passed", known)
    if known.port_class is None and served.accepted is not False:
        missing = " and ".join(filter(None, (PORT_CLASS, served.missing)))
        return Reception(None, "foreign-tls-passed", missing)
    return served


def _needs_tls_in_app(note_key: str, known: Circumstances) -> Reception:
    if known.app_serves_tls is None:
        return Reception(None, note_key, SERVES_TLS)
    return Reception(known.app_serves_tls, note_key)
