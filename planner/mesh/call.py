"""What happens to one call in one state of the mesh: from the caller's proxy to the application that answers.

The caller's sidecar routes it (`outbound`), a DestinationRule or automatic mTLS decides what goes over the wire
(`transport_wire`), the callee's proxy takes or refuses it (`receiving`, `transport_pod`, `authorization`).
"""

from __future__ import annotations

from planner.mesh.authorization import Visitor, access
from planner.mesh.call_led import either, outcomes
from planner.mesh.call_meeting import PODS, Doors, Meeting, Pairs, at_pod, joined, pairs_of, source_of
from planner.mesh.call_sides import CallOutcome, Sending, rules_host
from planner.mesh.calling import Call
from planner.mesh.destination_rule_choice import choose
from planner.mesh.outbound import Routed, Way, route
from planner.mesh.peers import Peer, Proxy, target_port
from planner.mesh.protocol import Protocol
from planner.mesh.receiving import Door, door, sees_outbound
from planner.mesh.sidecar_scope import scope_of
from planner.mesh.spoken import ON_HTTP2, Carrier
from planner.mesh.transport import combine
from planner.mesh.transport_kinds import CalleeKind, CallerKind, Pod, Wire
from planner.mesh.transport_pod import Reception
from planner.mesh.transport_wire import Sent
from planner.mesh.view import MeshView
from planner.mesh.virtual_service_hosts import routed_by
from planner.model.fields import text_at
from planner.model.services import Service

__all__ = ["Call", "CallOutcome", "judge"]

_CALLEES = {
    frozenset({Pod.SIDECAR}): CalleeKind.SIDECAR,
    frozenset({Pod.SIDECAR_NO_HBONE}): CalleeKind.SIDECAR_NO_HBONE,
    frozenset({Pod.BARE}): CalleeKind.NONE,
    frozenset({Pod.ZTUNNEL}): CalleeKind.AMBIENT,
}


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
    if routed is not None and routed.protocol is Protocol.HTTP and call.speaks in ON_HTTP2:
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
    meeting = Meeting(
        sending.kind, sending.tls, sending.source, sending.marked, sending.through_entry, False, CalleeKind.EXTERNAL,
        call.speaks, call.server_first, view.settings.auto_mtls,
    )  # fmt: skip
    result = combine([at_pod(meeting, Pod.OUTSIDE, None)], "no")
    seen = sending.through_entry
    return CallOutcome(
        result.outcome, result.encrypted, result.note_key, result.missing, source_of(sending.source, result.note_key),
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
    meeting = Meeting(
        sending.kind, sending.tls, sending.source, sending.marked, sending.through_entry, headless, callee,
        call.speaks, call.server_first, view.settings.auto_mtls,
    )  # fmt: skip
    pairs, denied = pairs_of(meeting, doors), ""
    if view.of_kind("AuthorizationPolicy"):
        pairs, names, denied = _policed(call, view, landing, pods, doors, pairs)
        guards |= names
    return joined(meeting, doors, pairs, denied, guards)


def _policed(
    call: Call, view: MeshView, landing: Service | None, pods: tuple[Peer, ...], doors: Doors, pairs: Pairs
) -> tuple[Pairs, frozenset[str], str]:
    """Ask the AuthorizationPolicies of every kind of pod whose proxy enforces them."""
    found, guards, refusing = list(pairs), frozenset[str](), ""
    for number, (pod, (proxy, at)) in enumerate(zip(pods, doors, strict=True)):
        if at.captured and proxy.is_sidecar and pairs[number][1].accepted:
            found[number], names, denied = _admitted(call, view, pod, _port_at(call, landing, pod), at, pairs[number])
            guards |= names
            refusing = refusing or denied
    return tuple(found), guards, refusing


def _callee(pods: tuple[Peer, ...], *, headless: bool) -> CalleeKind:
    kinds = frozenset(PODS[pod.proxy] for pod in pods) or frozenset({Pod.BARE})
    mixed = CalleeKind.MIXED_HEADLESS if headless else CalleeKind.MIXED_CLUSTERIP
    return _CALLEES.get(kinds, mixed)


def _port_at(call: Call, service: Service | None, pod: Peer) -> int | None:
    """Give the container port that a call reaches; a headless name leads to the pod's own port as it is."""
    direct = call.direct and service is call.service
    if call.port is None or direct or service is None or service.headless:
        return call.port
    port = service.port(call.port)
    return target_port(port, pod) if port is not None else call.port


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
