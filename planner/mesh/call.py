"""What happens to one call in one state of the mesh: from the caller's proxy to the application that answers.

The caller's sidecar routes it (`outbound`), a DestinationRule or automatic mTLS decides what goes over the wire
(`transport_wire`), the callee's proxy takes or refuses it (`receiving`, `transport_pod`, `authorization`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from planner.mesh.authorization import Visitor, access
from planner.mesh.call_led import either, outcomes
from planner.mesh.call_sides import CallOutcome, Sending, rules_host
from planner.mesh.calling import Call
from planner.mesh.destination_rule_choice import choose
from planner.mesh.outbound import Routed, Way, route
from planner.mesh.protocol import Protocol
from planner.mesh.receiving import Door, door, sees_outbound
from planner.mesh.sidecar_scope import scope_of
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
_REMEMBERED = 4096
_HTTP2 = (Carrier.HTTP2, Carrier.GRPC)


def judge(call: Call, view: MeshView) -> CallOutcome:
    """Tell what happens to a call in one state of the mesh."""
    sending = _sending(call, view)
    routed = sending.routed
    if routed is not None and routed.way is Way.REFUSED:
        return CallOutcome("fail", "na", routed.rule)
    if routed is not None and routed.protocol is Protocol.AUTO and call.server_first:
        return CallOutcome("fail", "na", "server-first-waits")
    led = outcomes(call, view, sending, _judged)
    if led:
        return either(led, _routing_guards(call, view, sending))
    return _judged(call, view, sending)


def _judged(call: Call, view: MeshView, sending: Sending) -> CallOutcome:
    """Judge a call whose way out is known."""
    routed = sending.routed
    if routed is not None and routed.protocol is Protocol.HTTP and call.speaks in _HTTP2:
        return CallOutcome("fail", "na", "http2-on-http1-port")
    if _lands_outside(call, routed):
        return _outside(call, view, sending)
    return _inside(call, view, sending)


def _sending(call: Call, view: MeshView) -> Sending:
    """Describe what the caller's side does."""
    caller = call.caller
    unproxied = CallerKind.NONE_TLS if call.speaks is Carrier.TLS else CallerKind.NONE
    if caller is None or caller.proxy is Proxy.NONE or call.unseen:
        return Sending(unproxied)
    if caller.proxy is Proxy.ZTUNNEL:
        return Sending(CallerKind.AMBIENT)
    if not sees_outbound(caller.annotations, call.port):
        return Sending(unproxied)
    if caller.proxy is Proxy.GATEWAY:
        return _with_rule(call, view, caller, CallerKind.GATEWAY, Routed(Way.SERVICE, service=call.service))
    if call.service is None or call.service.headless or call.direct:
        return _by_sidecar(call, view, caller)
    key = ("sending", caller.ref.namespace, _who(view, caller), call.service, call.port, call.host, call.speaks)
    return view.remember(key, lambda: _by_sidecar(call, view, caller))


def _who(view: MeshView, caller: Peer) -> object:
    """Name a caller as far as rules can tell callers of one namespace apart."""
    return caller if view.picks_callers else (caller.ref.namespace, caller.proxy, tuple(caller.annotations.items()))


def _by_sidecar(call: Call, view: MeshView, caller: Peer) -> Sending:
    routed = route(view, caller, call)
    if routed.way in (Way.SERVICE, Way.ENTRY):
        return _with_rule(call, view, caller, CallerKind.SIDECAR, routed)
    return Sending(CallerKind.PASSTHROUGH, routed=routed)


def _with_rule(call: Call, view: MeshView, caller: Peer, kind: CallerKind, routed: Routed) -> Sending:
    """Add the TLS setting of the DestinationRule that holds for where the call is routed."""
    if routed.service is not None:
        owner, host = routed.service.ref.namespace, view.host_of(routed.service)
    elif routed.entry is not None:
        owner, host = routed.entry.namespace, routed.entry.host
    else:
        return Sending(kind, routed=routed)
    chosen = view.remember(
        ("rule", caller.ref.namespace, _who(view, caller), owner, host, call.port),
        lambda: choose(view, caller.ref.namespace, caller.labels, owner, host, call.port),
    )
    return Sending(kind, chosen.tls, chosen.source and f"DestinationRule {chosen.source}", routed, chosen.marked)


def _lands_outside(call: Call, routed: Routed | None) -> bool:
    if routed is not None and routed.way is Way.SERVICE:
        return False
    entry = routed.entry if routed is not None else None
    return bool(call.external) or (entry is not None and not entry.to_called_address)


def _outside(call: Call, view: MeshView, sending: Sending) -> CallOutcome:
    """Judge a call that leaves the mesh."""
    meeting = _Meeting(
        sending.kind, sending.tls, sending.source, sending.marked, sending.through_entry, False, CalleeKind.EXTERNAL,
        call.speaks, call.server_first, view.settings.auto_mtls,
    )  # fmt: skip
    result = combine([_at_pod(meeting, Pod.OUTSIDE, None)], "no")
    seen = sending.through_entry
    return CallOutcome(
        result.outcome, result.encrypted, result.note_key, result.missing, _source(sending.source, result.note_key),
        _routing_guards(call, view, sending), seen or sending.kind is CallerKind.AMBIENT,
    )  # fmt: skip


def _inside(call: Call, view: MeshView, sending: Sending) -> CallOutcome:
    """Judge a call that lands on pods of the cluster."""
    service = sending.routed.service if sending.routed and sending.routed.service else call.service
    headless = service is not None and service.headless
    # A headless Service has no endpoints of its own in a proxy: the bytes go on to the address that was called.
    landing = call.service if headless else service
    pods = view.behind(landing) if landing is not None and landing is not call.service else call.pods
    callee = _callee(view.behind(service) if headless and service is not None else pods, headless=headless)
    guards = _routing_guards(call, view, sending)
    doors = tuple((pod.proxy, door(view, pod, _port_at(call, landing, pod))) for pod in pods)
    meeting = _Meeting(
        sending.kind, sending.tls, sending.source, sending.marked, sending.through_entry, headless, callee,
        call.speaks, call.server_first, view.settings.auto_mtls,
    )  # fmt: skip
    pairs, denied = _pairs(meeting, doors), ""
    if view.of_kind("AuthorizationPolicy"):
        pairs, names, denied = _policed(call, view, landing, pods, doors, pairs)
        guards |= names
    return _joined(meeting, doors, pairs, denied, guards)


@dataclass(frozen=True, slots=True)
class _Meeting:
    """What a call is, as far as pods are concerned; few kinds of it make up even a large cluster."""

    kind: CallerKind
    tls: TlsMode
    source: str
    marked: TlsMode
    by_entry: bool
    headless: bool
    callee: CalleeKind
    speaks: Carrier | None
    server_first: bool
    auto_mtls: bool


_Doors = tuple[tuple[Proxy, Door], ...]
_Pairs = tuple[tuple[Sent, Reception], ...]


@lru_cache(_REMEMBERED)
def _pairs(meeting: _Meeting, doors: _Doors) -> _Pairs:
    """Say what each kind of pod gets and does; a Service without pods is taken for one without proxies."""
    return tuple(_at_pod(meeting, _PODS[proxy], at) for proxy, at in doors) or (_at_pod(meeting, Pod.BARE, None),)


@lru_cache(_REMEMBERED)
def _joined(meeting: _Meeting, doors: _Doors, pairs: _Pairs, denied: str, guards: frozenset[str]) -> CallOutcome:
    """Join what happens at each kind of pod."""
    result = combine(list(pairs), "no")
    refused = [(sent, note) for sent, note in pairs if note.accepted is False]
    rule = refused[0][1].note_key if refused else result.note_key
    source = denied
    for (sent, reception), (_, at) in zip(pairs, doors, strict=False):
        if reception.accepted is False:
            source = source or _culprit(meeting.source, sent, reception, at)
    seen = meeting.kind in (CallerKind.SIDECAR, CallerKind.AMBIENT, CallerKind.GATEWAY)
    # Of mixed pods the worst is told: one without a proxy gets the call unseen.
    seen = seen or (bool(doors) and all(proxy not in (Proxy.NONE, Proxy.GATEWAY) for proxy, _ in doors))
    return CallOutcome(
        result.outcome, result.encrypted, rule, result.missing, source or _source(meeting.source, rule), guards,
        seen, bool(refused) and result.outcome == "conditional",
    )  # fmt: skip


def _policed(
    call: Call, view: MeshView, landing: Service | None, pods: tuple[Peer, ...], doors: _Doors, pairs: _Pairs
) -> tuple[_Pairs, frozenset[str], str]:
    """Ask the AuthorizationPolicies of every kind of pod whose proxy enforces them."""
    found, guards, refusing = list(pairs), frozenset[str](), ""
    for number, (pod, (proxy, at)) in enumerate(zip(pods, doors, strict=True)):
        if at.captured and proxy.is_sidecar and pairs[number][1].accepted:
            found[number], names, denied = _admitted(call, view, pod, _port_at(call, landing, pod), at, pairs[number])
            guards |= names
            refusing = refusing or denied
    return tuple(found), guards, refusing


_BY_MODE = ("mtls-to-disabled", "server-first-waits", "strict-foreign-tls", "strict-plaintext", "ztunnel-strict")


def _culprit(rule: str, sent: Sent, reception: Reception, at: Door) -> str:
    """Name the object by which a pod and what arrives there do not fit: the rule of the sender, else the mode."""
    if sent.wire in (Wire.MTLS, Wire.FOREIGN_TLS) and rule and not sent.by_app:
        return rule
    return f"PeerAuthentication {at.source}" if at.source and reception.note_key in _BY_MODE else ""


def _callee(pods: tuple[Peer, ...], *, headless: bool) -> CalleeKind:
    kinds = frozenset(_PODS[pod.proxy] for pod in pods) or frozenset({Pod.BARE})
    mixed = CalleeKind.MIXED_HEADLESS if headless else CalleeKind.MIXED_CLUSTERIP
    return _CALLEES.get(kinds, mixed)


def _port_at(call: Call, service: Service | None, pod: Peer) -> int | None:
    """Give the container port that a call reaches; a headless name leads to the pod's own port as it is."""
    direct = call.direct and service is call.service
    if call.port is None or direct or service is None or service.headless:
        return call.port
    port = service.port(call.port)
    return target_port(port, pod) if port is not None else call.port


def _at_pod(meeting: _Meeting, kind: Pod, at: Door | None) -> tuple[Sent, Reception]:
    """Judge a call at one kind of pod."""
    mode = at.mode if at is not None else Mode.PERMISSIVE
    tls = meeting.speaks is Carrier.TLS
    known = Circumstances(
        headless=meeting.headless,
        service_mode=at.service_mode if at is not None else None,
        auto_mtls=meeting.auto_mtls,
        port_class=at.protocol.data_path_class if at is not None else None,
        app_serves_tls=True if tls else None,
        app_speaks_tls=tls,
        marked=meeting.marked,
        by_entry=meeting.by_entry,
    )
    sent = sent_to(kind, meeting.kind, meeting.callee, mode, meeting.tls, known)
    if at is None or not kind.has_sidecar or not at.captured:
        # Bytes for a port that the proxy leaves out reach the application as they are.
        return sent, receive(kind if not kind.has_sidecar else Pod.BARE, sent, mode, known)
    reception = receive(kind, sent, mode, known)
    trouble = ""
    if reception.accepted is not False:
        trouble = _unreadable_coming_in(meeting.speaks, meeting.server_first, sent, at)
    return sent, Reception(False, trouble) if trouble else reception


def _unreadable_coming_in(speaks: Carrier | None, server_first: bool, sent: Sent, at: Door) -> str:
    """Name what the callee's proxy makes impossible by how it reads the bytes."""
    kind = at.protocol.data_path_class
    if kind == "http" and (speaks is Carrier.TCP or (speaks is Carrier.TLS and sent.wire is Wire.MTLS)):
        return "not-http-on-http-port"
    if at.protocol is Protocol.HTTP and speaks in _HTTP2:
        return "http2-on-http1-port"
    if not server_first or sent.wire is not Wire.PLAIN:
        return ""
    # PERMISSIVE looks for a TLS ClientHello first; without TLS only a port of unknown protocol is looked at.
    waits = at.mode is Mode.PERMISSIVE or kind == "auto"
    return "server-first-waits" if waits else ""


def _admitted(
    call: Call, view: MeshView, pod: Peer, port: int | None, at: Door, pair: tuple[Sent, Reception]
) -> tuple[tuple[Sent, Reception], frozenset[str], str]:
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
    names = frozenset(f"AuthorizationPolicy {name}" for name in answer.policies)
    if answer.allowed:
        return pair, names, ""
    source = f"AuthorizationPolicy {answer.source}"
    if answer.allowed is None:
        return (sent, Reception(None, "policy-by-request", f"whether {source} lets the request in")), names, source
    return (sent, Reception(False, "policy-denies")), names, source


def _routing_guards(call: Call, view: MeshView, sending: Sending) -> frozenset[str]:
    """Name the VirtualService whose rules the caller's proxy follows for this call."""
    routed = sending.routed
    if sending.kind is not CallerKind.SIDECAR or routed is None or call.caller is None:
        return frozenset()
    if not view.of_kind("VirtualService"):
        return frozenset()
    caller = call.caller
    raw = routed_by(view, caller, scope_of(view, caller.ref.namespace, caller.labels), rules_host(routed, view))
    if raw is None:
        return frozenset()
    return frozenset({f"VirtualService {text_at(raw, 'metadata', 'namespace')}/{text_at(raw, 'metadata', 'name')}"})


def _source(decided_by: str, rule: str) -> str:
    by_rule = ("forced-mtls", "forced-plaintext", "tls-origination", "double-tls", "tls-needs-server", "waypoint-tls")
    return decided_by if rule in by_rule else ""
