"""When a namespace may be closed: STRICT for what comes in, REGISTRY_ONLY for what goes out.

STRICT comes with the phase in which the last plaintext caller joins, never earlier; a caller that
never joins is a named exception on its port, or a reason to wait.

Source: istio.io tasks/security/authentication/mtls-migration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.graph.traffic import TrafficGraph
from planner.model.flow import BlindSpot, Flow
from planner.model.inventory import Inventory
from planner.model.plan import Classed, NamespaceClass, Readiness
from planner.model.refs import API_SERVER, CLIENT, EXTERNAL, KUBELET, UNKNOWN
from planner.plan.membership import Membership
from planner.plan.obstacles import obstacles

_MIN_CONFIDENCE = 0.5
"""Flows less sure than this are shown and weigh, but do not hold a namespace back."""

_CONTROLLER_KINDS = ("Ingress ", "HTTPRoute ", "GRPCRoute ", "TLSRoute ", "TCPRoute ", "Route ", "IngressRoute ")


@dataclass(frozen=True, slots=True)
class Joined:
    """Who is in the mesh in which phase.

    Attributes:
        phase: Phase index in which each namespace is complete; 0 for one that is in already.
        classes: Class of every namespace.
    """

    phase: Mapping[str, int]
    classes: Mapping[str, NamespaceClass]


def joined(phase: Mapping[str, int], classes: Iterable[Classed]) -> Joined:
    """Build `Joined` from phases and classes."""
    return Joined(phase, {item.namespace: item.kind for item in classes})


def strict(
    namespace: str, graph: TrafficGraph, membership: Membership, known: Joined, inventory: Inventory | None = None
) -> Readiness:
    """Say in which phase a namespace may become STRICT, and who stands in the way.

    Args:
        namespace: Namespace of the callees.
        graph: Flows.
        membership: Says who never has a proxy.
        known: Who joins when.
        inventory: Where mesh objects that exist already are looked for; None for none.
    """
    last = known.phase[namespace]
    exceptions: set[str] = set()
    waiting: dict[str, set[str]] = defaultdict(set)
    for flow in _calls_to(graph, namespace):
        wait = _caller(flow, membership, known)
        if wait.phase is not None:
            last = max(last, wait.phase)
        elif wait.exception:
            exceptions.add(f"{_port_of(flow)}: {wait.exception}")
        else:
            waiting[wait.blocker].add(_port_of(flow))
    if inventory is not None:
        for obstacle in obstacles(namespace, graph, inventory):
            waiting[obstacle].add("mesh object")
    blockers = tuple(f"{who} ({', '.join(sorted(ports))})" for who, ports in sorted(waiting.items()))
    blind = tuple(spot.workload.text for spot in graph.blind_spots if _could_call(spot, known))
    return Readiness(namespace, None if blockers else last, blockers, tuple(sorted(exceptions)), blind)


def _calls_to(graph: TrafficGraph, namespace: str) -> tuple[Flow, ...]:
    return tuple(flow for flow in graph.reaching(namespace) if flow.confidence >= _MIN_CONFIDENCE)


def _port_of(flow: Flow) -> str:
    return f"{flow.target.text} port {flow.port}" if flow.port else f"{flow.target.text} all ports"


@dataclass(frozen=True, slots=True)
class _Wait:
    """When a caller stops being a plaintext one: a phase, an exception for good, or somebody to wait for."""

    phase: int | None = None
    exception: str = ""
    blocker: str = ""


def _caller(flow: Flow, membership: Membership, known: Joined) -> _Wait:
    source = flow.source
    if source == KUBELET:
        return _Wait(phase=0)  # probes are rewritten to the agent and survive STRICT
    if source == API_SERVER:
        return _Wait(exception="the API server calls it and has no proxy")
    if source == CLIENT and _through_controller(flow):
        joining = [known.phase[name] for name in known.phase if known.classes.get(name) is NamespaceClass.EDGE]
        outside = _edges(known)
        return _Wait(phase=max(joining)) if joining and not outside else _Wait(blocker=_wait_for(*outside))
    if source == CLIENT or source.kind == EXTERNAL:
        return _Wait(blocker="waits for a gateway in front: clients outside come directly")
    if source.is_control_plane:
        return _Wait(exception=f"{source.text} calls it and has no proxy")
    if source.namespace in known.phase:
        plaintext = membership.calls_plaintext(flow)
        if plaintext:
            return _Wait(exception=f"{source.text} {plaintext}")
        return _Wait(phase=known.phase[source.namespace])
    if known.classes.get(source.namespace) is NamespaceClass.EDGE:
        return _Wait(blocker=_wait_for(source.namespace))
    return _Wait(exception=f"{source.text} stays outside the mesh")


def _wait_for(*edges: str) -> str:
    who = ", ".join(edges) or "the ingress controller, which was not read,"
    return f"waits for {who} to join or to be replaced by a gateway"


def _through_controller(flow: Flow) -> bool:
    """Whether outside clients come through an Ingress, so that a controller is the caller of the pods."""
    return all(item.object.startswith(_CONTROLLER_KINDS) for item in flow.evidence)


def _edges(known: Joined) -> tuple[str, ...]:
    """Name the namespaces of the ingress controllers that were seen, as far as they do not join."""
    edges = (name for name, kind in known.classes.items() if kind is NamespaceClass.EDGE)
    return tuple(sorted(name for name in edges if name not in known.phase))


def _could_call(spot: BlindSpot, known: Joined) -> bool:
    """Whether a workload with unknown callees will still be outside when everybody has joined."""
    return spot.workload.namespace not in known.phase


def registry_only(namespace: str, graph: TrafficGraph, known: Joined, closing_phase: int) -> Readiness:
    """Say whether egress of a namespace may be closed in the closing phase, and what is missing."""
    unresolved = [
        f"{flow.source.text} calls {flow.target.name!r}, which nothing read answers to"
        for flow in graph.out_of(namespace)
        if flow.target.kind == UNKNOWN and flow.confidence >= _MIN_CONFIDENCE
    ]
    blind = tuple(spot.workload.text for spot in graph.blind_spots if spot.workload.namespace == namespace)
    blockers = [*unresolved, *(f"the callees of {name} are unknown" for name in blind)]
    ready = not blockers and namespace in known.phase
    return Readiness(namespace, closing_phase if ready else None, tuple(sorted(set(blockers))), (), blind)
