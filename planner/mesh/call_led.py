"""What happens to a call that a VirtualService leads: at every place that one of its rules may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from planner.mesh.call_sides import CallOutcome, Sending, rules_host
from planner.mesh.calling import Call
from planner.mesh.destination_rule_choice import choose, subset_labels
from planner.mesh.entries import entries_for
from planner.mesh.outbound import Routed, Way
from planner.mesh.outbound_visibility import exported_to
from planner.mesh.peers import Peer
from planner.mesh.sidecar_scope import scope_of
from planner.mesh.spoken import ON_HTTP2, Carrier
from planner.mesh.transport_kinds import CallerKind
from planner.mesh.view import MeshView
from planner.mesh.virtual_service_routes import Target, targets
from planner.model.services import Service

Judged = Callable[[Call, MeshView, Sending], CallOutcome]
"""Judges a call whose way out is known."""


def outcomes(call: Call, view: MeshView, sending: Sending, judged: Judged) -> tuple[CallOutcome, ...]:
    """Judge a call at every place that a VirtualService may lead it to; empty where none has a say."""
    routed, caller = sending.routed, call.caller
    if sending.kind is not CallerKind.SIDECAR or routed is None or caller is None:
        return ()
    kind = routed.protocol.data_path_class if routed.protocol is not None else ""
    spoken_http = call.speaks not in (Carrier.TCP, Carrier.TLS) and not call.server_first
    part = {"http": "http", "tcp": "tcp", "auto": "http" if spoken_http else "tcp"}.get(kind)
    if part is None or not view.of_kind("VirtualService"):
        return ()
    scope = scope_of(view, caller.ref.namespace, caller.labels)
    found = targets(view, caller, scope, rules_host(routed, view), call.port, part)
    return tuple(_at_target(call, view, caller, target, part, judged) for target in found)


def _at_target(
    call: Call, view: MeshView, caller: Peer, target: Target, part: str, judged: Judged
) -> CallOutcome:  # fmt: skip
    """Judge a call at the place that a rule of a VirtualService names."""
    if not target.host:
        return CallOutcome("fail", "na", "no-route")
    service = view.service_of(target.host)
    if service is None:
        return _at_entry(call, view, caller, target, judged)
    # Routes of HTTP are made for the port that is called, also where the Service has but another one.
    alone = part == "tcp" and len(service.ports) == 1
    number = target.port or (service.ports[0].number if alone else call.port)
    port = service.port(number) if number is not None else None
    labels = _subset(view, caller, service, target)
    # A rule lets its destination through the caller's Sidecar, but not past what the Service is exported to.
    if port is None or labels is None or not exported_to(service, caller.ref.namespace):
        return CallOutcome("fail", "na", "no-destination")
    protocol = view.protocol_of(port)
    if part == "http" and call.speaks in ON_HTTP2 and protocol.data_path_class in ("tcp", "tls"):
        return CallOutcome("fail", "na", "http2-on-http1-port")  # a route of HTTP speaks HTTP/1.1 to such a port
    pods = tuple(p for p in view.behind(service) if all(p.labels.get(k) == v for k, v in labels.items()))
    there = call if service.headless else replace(call, port=port.number, service=service, pods=pods, direct=False)
    routed = Routed(Way.SERVICE, service=service, protocol=protocol)
    return judged(there, view, _ruled(view, caller, service.ref.namespace, target, port.number, routed))


def _at_entry(call: Call, view: MeshView, caller: Peer, target: Target, judged: Judged) -> CallOutcome:
    scope = scope_of(view, caller.ref.namespace, caller.labels)
    number = target.port or call.port
    entry = next((e for e in entries_for(view, caller, scope, target.host, number) if e.host == target.host), None)
    if entry is None:
        return CallOutcome("fail", "na", "no-destination")
    routed = Routed(Way.ENTRY, entry=entry, protocol=entry.protocol)
    return judged(call, view, _ruled(view, caller, entry.namespace, target, number, routed))


def _subset(view: MeshView, caller: Peer, service: Service, target: Target) -> Mapping[str, str] | None:
    """Give the labels of the pods that are meant; None for a subset that no rule defines."""
    if not target.subset:
        return {}
    owner = service.ref.namespace
    return subset_labels(view, caller.ref.namespace, caller.labels, owner, target.host, target.subset)


def _ruled(view: MeshView, caller: Peer, owner: str, target: Target, port: int | None, routed: Routed) -> Sending:
    """Add the DestinationRule that holds for a place."""
    chosen = choose(view, caller.ref.namespace, caller.labels, owner, target.host, port, target.subset)
    source = chosen.source and f"DestinationRule {chosen.source}"
    return Sending(CallerKind.SIDECAR, chosen.tls, source, routed, chosen.marked)


def either(outcomes: tuple[CallOutcome, ...], guards: frozenset[str]) -> CallOutcome:
    """Join what happens at the places that a request may be led to."""
    worst = max(outcomes, key=lambda o: ("ok", "conditional", "fail").index(o.outcome))
    wires = {o.encrypted for o in outcomes if o.outcome != "fail"} or {"na"}
    mixed = len({o.outcome for o in outcomes}) > 1
    missing = " and ".join(dict.fromkeys(("which route is taken", *(o.missing for o in outcomes if o.missing))))
    return replace(
        worst,
        outcome="conditional" if mixed else worst.outcome,
        encrypted=wires.pop() if len(wires) == 1 else "partial",
        missing=missing if mixed else worst.missing,
        guards=guards.union(*(o.guards for o in outcomes)),
        some_fail=worst.some_fail or (mixed and worst.outcome == "fail"),
    )
