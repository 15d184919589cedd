"""TrafficGraph: networkx inside, questions about namespaces, workloads and flows outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

import networkx as nx

from planner.model.flow import BlindSpot, Boundary, Flow
from planner.model.refs import WILDCARD, Ref


class TrafficGraph:
    """All flows of a cluster, read-only.

    Args:
        flows: Flows, unique by (source, target, port).
        blind_spots: Workloads whose callees are unknown.
    """

    def __init__(self, flows: Iterable[Flow], blind_spots: Iterable[BlindSpot] = ()) -> None:
        self.flows = tuple(sorted(flows, key=lambda f: (f.source, f.target, f.port or 0)))
        self.blind_spots = tuple(sorted(blind_spots))
        self._graph: nx.MultiDiGraph[Ref] = nx.MultiDiGraph()
        for flow in self.flows:
            self._graph.add_edge(flow.source, flow.target, key=flow.port, flow=flow)

    def flow(self, flow_id: str) -> Flow | None:
        """Find a flow by its id."""
        return self._by_id.get(flow_id)

    @cached_property
    def _by_id(self) -> Mapping[str, Flow]:
        return {flow.id: flow for flow in self.flows}

    def within(self, boundary: Boundary) -> tuple[Flow, ...]:
        """Return the flows of one boundary."""
        return tuple(flow for flow in self.flows if flow.boundary is boundary)

    def calls_of(self, source: Ref) -> tuple[Flow, ...]:
        """Return the flows that one workload starts."""
        return self._of(self._graph.out_edges(source, data="flow")) if source in self._graph else ()

    def calls_to(self, target: Ref) -> tuple[Flow, ...]:
        """Return the flows that reach a Service, a workload (also through its Services) or a host."""
        direct = self._of(self._graph.in_edges(target, data="flow")) if target in self._graph else ()
        return tuple(dict.fromkeys((*direct, *self._through_services.get(target, ()))))

    @staticmethod
    def _of(edges: Iterable[tuple[Ref, Ref, Flow]]) -> tuple[Flow, ...]:
        return tuple(sorted((flow for _, _, flow in edges), key=lambda f: (f.source, f.target, f.port or 0)))

    @cached_property
    def _through_services(self) -> Mapping[Ref, tuple[Flow, ...]]:
        found: dict[Ref, list[Flow]] = defaultdict(list)
        for flow in self.flows:
            for workload in flow.to_workloads:
                found[workload].append(flow)
        return {ref: tuple(flows) for ref, flows in found.items()}

    @cached_property
    def between_namespaces(self) -> Mapping[tuple[str, str], tuple[Flow, ...]]:
        """Application flows that lead from one namespace to another, by the pair.

        Scraping, probes and calls from and to the control plane are left out: they come from callers
        that are everywhere or nowhere, and would make every namespace depend on every other.
        """
        found: dict[tuple[str, str], list[Flow]] = defaultdict(list)
        for flow in self.flows:
            pair = (flow.source.namespace, flow.target.namespace)
            inside = flow.boundary is Boundary.INTERNAL and flow.target.kind != WILDCARD
            if inside and not flow.background and all(pair) and pair[0] != pair[1]:
                found[pair].append(flow)
        return {pair: tuple(found[pair]) for pair in sorted(found)}

    def callers_of(self, namespace: str) -> tuple[str, ...]:
        """Return the other namespaces that call into a namespace, sorted."""
        return tuple(source for source, target in self.between_namespaces if target == namespace)

    def callees_of(self, namespace: str) -> tuple[str, ...]:
        """Return the other namespaces that a namespace calls, sorted."""
        return tuple(target for source, target in self.between_namespaces if source == namespace)

    def into(self, namespace: str) -> tuple[Flow, ...]:
        """Return every flow that reaches a namespace from elsewhere, outside callers included."""
        return tuple(f for f in self.flows if f.target.namespace == namespace and f.source.namespace != namespace)

    def out_of(self, namespace: str) -> tuple[Flow, ...]:
        """Return every flow that leaves a namespace."""
        return tuple(f for f in self.flows if f.source.namespace == namespace and f.target.namespace != namespace)

    def egress_hosts(self) -> Mapping[str, tuple[Flow, ...]]:
        """Return the hosts outside the cluster that are called, with the flows that call them."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.within(Boundary.EGRESS):
            found[flow.target.name].append(flow)
        return {host: tuple(found[host]) for host in sorted(found)}

    def frontier(self, members: Collection[str]) -> tuple[Flow, ...]:
        """Return the flows between namespaces that cross the edge of a mesh with these members."""
        return tuple(
            flow
            for (source, target), flows in self.between_namespaces.items()
            if (source in members) != (target in members)
            for flow in flows
        )

    def cycles(self, among: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """Return the sets of namespaces that call each other in a circle, each sorted, smallest name first."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_edges_from((a, b) for a, b in self.between_namespaces if a in among and b in among)
        circles = (tuple(sorted(part)) for part in nx.strongly_connected_components(graph) if len(part) > 1)
        return tuple(sorted(circles))

    @cached_property
    def endpoints(self) -> tuple[Ref, ...]:
        """Every end of every flow, sorted."""
        return tuple(sorted(self._graph.nodes))
