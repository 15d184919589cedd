"""Which hosts outside the cluster each namespace calls, and from which phase on they matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from planner.graph.traffic import TrafficGraph
from planner.model.flow import Boundary, Flow
from planner.model.refs import CLIENT, EXTERNAL, SERVICE, Ref


@dataclass(frozen=True, slots=True)
class ExternalHost:
    """A host outside the cluster, as one namespace calls it.

    Attributes:
        namespace: The calling namespace.
        host: Name, wildcard, address or range.
        phase: First phase in which one of its callers joins; 0 where one is in already.
        flows: The calls, those of later phases included.
    """

    namespace: str
    host: str
    phase: int
    flows: tuple[Flow, ...]


def outside_host(flow: Flow, cluster_domain: str) -> str:
    """Give the host outside the cluster that a flow ends at; empty where it ends inside.

    A call through an ExternalName Service ends at the name behind it: since Istio 1.21 that name is what policies
    and entries must be about.

    What stands behind a Service is in the registry already, its Endpoints included: an entry for those addresses
    would take the calls away from it.

    Source: istio/istio pilot/pkg/features (ENABLE_EXTERNAL_NAME_ALIAS); istio.io upgrade notes of 1.20.
    """
    if flow.target.kind == SERVICE:
        return ""
    if flow.external_name:
        inside = flow.external_name.rstrip(".").endswith((f".svc.{cluster_domain}", ".svc"))
        return "" if inside else flow.external_name.rstrip(".").lower()
    outside = flow.boundary is Boundary.EGRESS and flow.target.kind == EXTERNAL and flow.target != CLIENT
    return flow.target.name if outside else ""


def external_hosts(
    graph: TrafficGraph, cluster_domain: str, joins: Callable[[Ref], int | None]
) -> tuple[ExternalHost, ...]:
    """List the external hosts of every namespace whose callers get a proxy, sorted by namespace and host.

    Args:
        graph: Flows.
        cluster_domain: DNS domain of the cluster.
        joins: Gives the phase in which a caller gets its proxy; None where it never does.
    """
    found: dict[tuple[str, str], list[tuple[int, Flow]]] = defaultdict(list)
    for flow in graph.flows:
        host = outside_host(flow, cluster_domain)
        phase = joins(flow.source) if host else None
        if phase is not None:
            found[flow.source.namespace, host].append((phase, flow))
    return tuple(
        ExternalHost(namespace, host, min(phase for phase, _ in calls), tuple(flow for _, flow in calls))
        for (namespace, host), calls in sorted(found.items())
    )
