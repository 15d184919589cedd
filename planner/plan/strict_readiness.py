"""From which phase on each port of each workload may refuse plaintext, with everyone who still sends it by name.

Source: istio/istio pilot/pkg/security/authn/policy_applier.go (a PeerAuthentication counts container ports, and its
mode also holds for ports that no Service names).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.graph.traffic import TrafficGraph
from planner.mesh.server_first import speaks_first
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.readiness import PlaintextCaller, PortReadiness
from planner.model.refs import EVERYTHING, SERVICE, WILDCARD, Ref
from planner.model.workloads import Workload
from planner.plan.container_ports import listening_port, reached
from planner.plan.plaintext import Plaintext

MIN_CONFIDENCE = 0.5
"""Flows less sure than this are shown and weigh, but do not hold a namespace back."""

_Key = tuple[Ref, int | None]


def port_rows(
    namespace: str, graph: TrafficGraph, plaintext: Plaintext, inventory: Inventory
) -> tuple[PortReadiness, ...]:
    """List every port of every workload of a namespace that gets a proxy, `None` standing for all others.

    Args:
        namespace: Namespace of the callees.
        graph: Flows.
        plaintext: Says until when each call is plaintext.
        inventory: What was read.
    """
    calls: dict[_Key, list[Flow]] = defaultdict(list)
    for workload in inventory.workloads_in(namespace):
        if plaintext.joins(workload.ref) is not None:
            for port in _ports(workload, inventory):
                calls[workload.ref, port] = []
    for flow in (*graph.reaching(namespace), *graph.reaching(EVERYTHING.namespace)):
        for key in _keys(flow, namespace, plaintext, inventory):
            calls[key].append(flow)
    keys = sorted(calls, key=lambda key: (key[0], key[1] is None, key[1] or 0))
    return tuple(_row(key, calls[key], namespace, plaintext, inventory) for key in keys)


def _ports(workload: Workload, inventory: Inventory) -> Iterator[int | None]:
    for service in inventory.in_front_of(workload):
        for port in service.ports:
            number = listening_port(port, workload)
            if number is not None and port.l4 == "TCP":
                yield number
    yield None


def _keys(flow: Flow, namespace: str, plaintext: Plaintext, inventory: Inventory) -> Iterator[_Key]:
    if flow.target.kind == WILDCARD:
        for workload in inventory.workloads_in(namespace):
            if plaintext.joins(workload.ref) is not None:
                yield workload.ref, flow.port
        return
    for ref in flow.to_workloads or (flow.target,):
        made = inventory.workload(ref) is None  # an operator makes its pods, and they may well be injected
        if ref.kind == SERVICE or made or plaintext.joins(ref) is not None:
            yield from ((ref, port) for port in dict.fromkeys(reached(flow, inventory.workload(ref), inventory)))


def _row(key: _Key, flows: list[Flow], namespace: str, plaintext: Plaintext, inventory: Inventory) -> PortReadiness:
    ref, port = key
    callers = tuple(sorted((_caller(flow, plaintext) for flow in flows), key=_late))
    start = plaintext.known.of(ref) if ref.kind != SERVICE else plaintext.known.phase[namespace]
    ends = [caller.until for caller in callers if caller.holds]
    known = [phase for phase in (start, *ends) if phase is not None]
    workload = inventory.workload(ref)
    image = next((c.image for c in workload.containers if not c.init), None) if workload else None
    first = any(speaks_first(flow.protocol, port, image) for flow in flows)
    return PortReadiness(ref.text, port, max(known) if len(known) == len(ends) + 1 else None, callers, first)


def _late(caller: PlaintextCaller) -> tuple[bool, float, str]:
    """Sort those first who stop last."""
    last = float("inf") if caller.until is None else float(caller.until)
    return not caller.holds, -last, caller.flow


def _caller(flow: Flow, plaintext: Plaintext) -> PlaintextCaller:
    found = plaintext.judge(flow)
    return PlaintextCaller(
        flow.id, flow.source.text, found.why, found.text, found.until, found.harmless, flow.confidence >= MIN_CONFIDENCE
    )
