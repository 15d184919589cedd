"""What happens to one call in one state of the mesh: from the caller's proxy to the application that answers.

The caller's sidecar routes it (`outbound`), a DestinationRule or automatic mTLS decides what goes over the wire
(`transport_wire`), the callee's proxy takes or refuses it (`receiving`, `transport_pod`, `authorization`).
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.authorization import Visitor, access
from planner.mesh.call_notes import CALL_NOTES
from planner.mesh.calling import Call
from planner.mesh.destination_rule_choice import choose
from planner.mesh.outbound import Routed, Way, route
from planner.mesh.protocol import Protocol
from planner.mesh.receiving import Door, door, sees_outbound
from planner.mesh.spoken import Carrier
from planner.mesh.transport import combine
from planner.mesh.transport_kinds import CalleeKind, CallerKind, Circumstances, Mode, Pod, TlsMode, Wire
from planner.mesh.transport_pod import Reception, receive
from planner.mesh.transport_wire import Sent, sent_to
from planner.mesh.view import MeshView, Peer, Proxy, target_port
from planner.mesh.virtual_service_hosts import routed_by
from planner.model.fields import text_at
from planner.model.services import Service

__all__ = ["Call", "CallOutcome", "judge"]

_PODS = {
    Proxy.NONE: Pod.BARE,
    Proxy.SIDECAR: Pod.SIDECAR,
    Proxy.OLD_SIDECAR: Pod.SIDECAR_NO_HBONE,
    Proxy.ZTUNNEL: Pod.ZTUNNEL,
    Proxy.GATEWAY: Pod.BARE,
}
_CALLEES = {
    frozenset({Pod.SIDECAR}): CalleeKind.SIDECAR,
    frozenset({Pod.SIDECAR_NO_HBONE}): CalleeKind.SIDECAR_NO_HBONE,
    frozenset({Pod.BARE}): CalleeKind.NONE,
    frozenset({Pod.ZTUNNEL}): CalleeKind.AMBIENT,
}
_HTTP2 = (Carrier.HTTP2, Carrier.GRPC)


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What happens to a call.

    Attributes:
        outcome: `ok` (every time), `fail` (every time), or `conditional`.
        encrypted: Of the calls that succeed: `mtls`, `hbone`, `tls` (not the mesh's), `partial`, `no`; `na` for none.
        rule: Key of `call_notes.CALL_NOTES`.
        missing: For `conditional`, the fact that would decide.
        source: The object that decides, `kind namespace/name`, or an empty string.
        some_fail: Some of the pods refuse the call for certain, and others take it.
        guards: Objects whose rules the call is under (`VirtualService …`, `AuthorizationPolicy …`).
        seen: Whether any proxy sees the call.
    """

    outcome: str
    encrypted: str
    rule: str
    missing: str = ""
    source: str = ""
    guards: frozenset[str] = frozenset()
    seen: bool = True
    some_fail: bool = False

    @property
    def reason(self) -> str:
        """The rule that decided, in one sentence for a person."""
        because = f" ({self.source})" if self.source else ""
        return CALL_NOTES[self.rule] + because


@dataclass(frozen=True, slots=True)
class _Sending:
    """The caller's side of a call."""

    kind: CallerKind
    tls: TlsMode = TlsMode.UNSET
    source: str = ""
    routed: Routed | None = None


def judge(call: Call, view: MeshView) -> CallOutcome:
    """Tell what happens to a call in one state of the mesh."""
    sending = _sending(call, view)
    routed = sending.routed
    if routed is not None and routed.way in (Way.BROKEN, Way.REFUSED):
        return CallOutcome("fail", "na", routed.rule)
    trouble = _unreadable_going_out(call, routed)
    if trouble:
        return CallOutcome("fail", "na", trouble)
    if _lands_outside(call, routed):
        return _outside(call, view, sending)
    return _inside(call, view, sending)


def _sending(call: Call, view: MeshView) -> _Sending:
    """Describe what the caller's side does."""
    caller = call.caller
    unproxied = CallerKind.NONE_TLS if call.speaks is Carrier.TLS else CallerKind.NONE
    if caller is None or caller.proxy is Proxy.NONE or call.unseen:
        return _Sending(unproxied)
    if caller.proxy is Proxy.ZTUNNEL:
        return _Sending(CallerKind.AMBIENT)
    if not sees_outbound(caller.annotations, call.port):
        return _Sending(unproxied)
    if caller.proxy is Proxy.GATEWAY:
        return _with_rule(call, view, caller, CallerKind.GATEWAY, Routed(Way.SERVICE, service=call.service))
    routed = route(view, caller, call)
    if routed.way in (Way.SERVICE, Way.ENTRY):
        return _with_rule(call, view, caller, CallerKind.SIDECAR, routed)
    return _Sending(CallerKind.PASSTHROUGH, routed=routed)


def _with_rule(call: Call, view: MeshView, caller: Peer, kind: CallerKind, routed: Routed) -> _Sending:
    """Add the TLS setting of the DestinationRule that holds for where the call is routed."""
    if routed.service is not None:
        owner, host = routed.service.ref.namespace, view.host_of(routed.service)
    elif routed.entry is not None:
        owner, host = routed.entry.namespace, routed.entry.host
    else:
        return _Sending(kind, routed=routed)
    chosen = view.remember(
        ("rule", caller.ref, owner, host, call.port),
        lambda: choose(view, caller.ref.namespace, caller.labels, owner, host, call.port),
    )
    return _Sending(kind, chosen.tls, chosen.source and f"DestinationRule {chosen.source}", routed)


def _unreadable_going_out(call: Call, routed: Routed | None) -> str:
    """Name what the caller's own proxy makes impossible by how it reads the bytes."""
    protocol = routed.protocol if routed is not None else None
    if protocol is Protocol.AUTO and call.server_first:
        return "server-first-waits"
    return "http2-on-http1-port" if protocol is Protocol.HTTP and call.speaks in _HTTP2 else ""


def _lands_outside(call: Call, routed: Routed | None) -> bool:
    if routed is not None and routed.way is Way.SERVICE:
        return False
    return bool(call.external) or (routed is not None and routed.way is Way.ENTRY)


def _outside(call: Call, view: MeshView, sending: _Sending) -> CallOutcome:
    """Judge a call that leaves the mesh."""
    known = _circumstances(call, view, None, headless=False)
    sent = sent_to(Pod.OUTSIDE, sending.kind, CalleeKind.EXTERNAL, Mode.PERMISSIVE, sending.tls, known)
    result = combine([(sent, receive(Pod.OUTSIDE, sent, Mode.PERMISSIVE, known))], "no")
    routed = sending.routed
    seen = routed is not None and routed.way is Way.ENTRY
    return CallOutcome(
        result.outcome, result.encrypted, result.note_key, result.missing, _source(sending, result.note_key),
        _routing_guards(call, view, sending), seen or sending.kind is CallerKind.AMBIENT,
    )  # fmt: skip


def _inside(call: Call, view: MeshView, sending: _Sending) -> CallOutcome:
    """Judge a call that lands on pods of the cluster."""
    service = sending.routed.service if sending.routed and sending.routed.service else call.service
    other = service is not None and service is not call.service
    pods = view.behind(service) if other and service is not None else call.pods
    headless = service is not None and service.headless
    callee = _callee(pods, headless=headless)
    pairs, guards, source = [], set(_routing_guards(call, view, sending)), ""
    for pod in pods or (None,):
        port = _port_at(call, service, pod, direct=call.direct and not other)
        at = door(view, pod, port) if pod is not None else None
        pair = _at_pod(call, view, sending, pod, at, callee, headless=headless)
        if pair[1].accepted is False:
            source = source or _culprit(sending, pair[0], at, pod)
        if pod is not None and at is not None and pair[1].accepted and at.captured and pod.proxy.is_sidecar:
            pair, names, denied = _admitted(call, view, pod, port, at, pair)
            guards |= names
            source = denied or source
        pairs.append(pair)
    result = combine(pairs, "no")
    refused = [reception.note_key for _, reception in pairs if reception.accepted is False]
    rule = refused[0] if refused else result.note_key
    seen = sending.kind in (CallerKind.SIDECAR, CallerKind.AMBIENT, CallerKind.GATEWAY)
    seen = seen or any(pod.proxy not in (Proxy.NONE, Proxy.GATEWAY) for pod in pods)
    return CallOutcome(
        result.outcome, result.encrypted, rule, result.missing,
        source or _source(sending, rule), frozenset(guards), seen, bool(refused) and result.outcome == "conditional",
    )  # fmt: skip


def _culprit(sending: _Sending, sent: Sent, at: Door | None, pod: Peer | None) -> str:
    """Name the object by which a pod and what arrives there do not fit: the rule of the sender, else the mode."""
    if sent.wire in (Wire.MTLS, Wire.FOREIGN_TLS) and sending.source and not sent.by_app:
        return sending.source
    enforced = at is not None and pod is not None and pod.proxy is not Proxy.NONE and at.source
    return f"PeerAuthentication {at.source}" if enforced and at is not None else ""


def _callee(pods: tuple[Peer, ...], *, headless: bool) -> CalleeKind:
    kinds = frozenset(_PODS[pod.proxy] for pod in pods) or frozenset({Pod.BARE})
    mixed = CalleeKind.MIXED_HEADLESS if headless else CalleeKind.MIXED_CLUSTERIP
    return _CALLEES.get(kinds, mixed)


def _port_at(call: Call, service: Service | None, pod: Peer | None, *, direct: bool) -> int | None:
    """Give the container port that a call reaches; a headless name leads to the pod's own port as it is."""
    if pod is None or call.port is None or direct or service is None or service.headless:
        return call.port
    port = service.port(call.port)
    return target_port(port, pod) if port is not None else call.port


def _at_pod(
    call: Call, view: MeshView, sending: _Sending, pod: Peer | None, at: Door | None, callee: CalleeKind,
    *, headless: bool,
) -> tuple[Sent, Reception]:  # fmt: skip
    """Judge a call at one kind of pod."""
    kind = _PODS[pod.proxy] if pod is not None else Pod.BARE
    mode = at.mode if at is not None else Mode.PERMISSIVE
    known = _circumstances(call, view, at, headless=headless)
    sent = sent_to(kind, sending.kind, callee, mode, sending.tls, known)
    if at is None or not kind.has_sidecar or not at.captured:
        # Bytes for a port that the proxy leaves out reach the application as they are.
        return sent, receive(kind if not kind.has_sidecar else Pod.BARE, sent, mode, known)
    reception = receive(kind, sent, mode, known)
    trouble = _unreadable_coming_in(call, sent, at) if reception.accepted is not False else ""
    return sent, Reception(False, trouble) if trouble else reception


def _unreadable_coming_in(call: Call, sent: Sent, at: Door) -> str:
    """Name what the callee's proxy makes impossible by how it reads the bytes."""
    kind = at.protocol.data_path_class
    if kind == "http" and call.speaks is Carrier.TCP:
        return "not-http-on-http-port"
    if at.protocol is Protocol.HTTP and call.speaks in _HTTP2:
        return "http2-on-http1-port"
    if not call.server_first or sent.wire is not Wire.PLAIN:
        return ""
    # PERMISSIVE looks for a TLS ClientHello first; without TLS only a port of unknown protocol is looked at.
    waits = at.mode is Mode.PERMISSIVE or kind == "auto"
    return "server-first-waits" if waits else ""


def _circumstances(call: Call, view: MeshView, at: Door | None, *, headless: bool) -> Circumstances:
    tls = call.speaks is Carrier.TLS
    return Circumstances(
        headless=headless,
        service_mode=at.service_mode if at is not None else None,
        auto_mtls=view.settings.auto_mtls,
        port_class=at.protocol.data_path_class if at is not None else None,
        app_serves_tls=True if tls else None,
        app_speaks_tls=tls,
    )


def _admitted(
    call: Call, view: MeshView, pod: Peer, port: int | None, at: Door, pair: tuple[Sent, Reception]
) -> tuple[tuple[Sent, Reception], set[str], str]:
    """Ask the AuthorizationPolicies of a pod; give the pair as they leave it, their names, and who refuses."""
    sent, caller = pair[0], call.caller
    known = sent.wire in (Wire.MTLS, Wire.HBONE) and caller is not None
    visitor = Visitor(
        caller.ref.namespace if known and caller else "",
        caller.account if known and caller else "",
        port,
        {"http": True, "tcp": False, "tls": False}.get(at.protocol.data_path_class),
    )
    answer = access(view, pod, visitor)
    names = {f"AuthorizationPolicy {name}" for name in answer.policies}
    if answer.allowed:
        return pair, names, ""
    source = f"AuthorizationPolicy {answer.source}"
    if answer.allowed is None:
        return (sent, Reception(None, "policy-by-request", f"whether {source} lets the request in")), names, source
    return (sent, Reception(False, "policy-denies")), names, source


def _routing_guards(call: Call, view: MeshView, sending: _Sending) -> frozenset[str]:
    """Name the VirtualService whose rules the caller's proxy follows for this call."""
    routed = sending.routed
    if sending.kind is not CallerKind.SIDECAR or routed is None or call.caller is None:
        return frozenset()
    host = view.host_of(routed.service) if routed.service else routed.entry.host if routed.entry else ""
    raw = routed_by(view, call.caller.ref.namespace, host)
    if raw is None:
        return frozenset()
    return frozenset({f"VirtualService {text_at(raw, 'metadata', 'namespace')}/{text_at(raw, 'metadata', 'name')}"})


def _source(sending: _Sending, rule: str) -> str:
    by_rule = ("forced-mtls", "forced-plaintext", "tls-origination", "double-tls", "tls-needs-server", "waypoint-tls")
    return sending.source if rule in by_rule else ""
