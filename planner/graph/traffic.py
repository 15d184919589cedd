"""TrafficGraph: networkx inside, questions about namespaces, workloads and flows outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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

    def reaching(self, namespace: str) -> tuple[Flow, ...]:
        """Return every flow whose callee is in a namespace, those from inside it included."""
        return self._by_end[1].get(namespace, ())

    def into(self, namespace: str) -> tuple[Flow, ...]:
        """Return every flow that reaches a namespace from elsewhere, outside callers included."""
        return tuple(flow for flow in self.reaching(namespace) if flow.source.namespace != namespace)

    def out_of(self, namespace: str) -> tuple[Flow, ...]:
        """Return every flow that leaves a namespace."""
        return tuple(f for f in self._by_end[0].get(namespace, ()) if f.target.namespace != namespace)

    @cached_property
    def _by_end(self) -> tuple[Mapping[str, tuple[Flow, ...]], Mapping[str, tuple[Flow, ...]]]:
        """Flows by the namespace of their caller, and by that of their callee."""
        found: tuple[dict[str, list[Flow]], dict[str, list[Flow]]] = (defaultdict(list), defaultdict(list))
        for flow in self.flows:
            found[0][flow.source.namespace].append(flow)
            found[1][flow.target.namespace].append(flow)
        callers, callees = ({name: tuple(flows) for name, flows in side.items()} for side in found)
        return callers, callees

    def egress_hosts(self) -> Mapping[str, tuple[Flow, ...]]:
        """Return the hosts outside the cluster that are called, with the flows that call them."""
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.within(Boundary.EGRESS):
            found[flow.target.name].append(flow)
        return {host: tuple(found[host]) for host in sorted(found)}

    def frontier(self, members: Collection[str], ahead: Collection[Ref] = ()) -> tuple[Flow, ...]:
        """Return the application flows that cross the edge of a mesh.

        Args:
            members: Namespaces that are in the mesh.
            ahead: Workloads that are in ahead of their namespace (waves).
        """
        inside, early = set(members), set(ahead)
        partial = {ref.namespace for ref in early} - inside

        def joined(ref: Ref) -> bool:
            return ref.namespace in inside or ref in early

        crossing = [flow for flow in self._across(partial) if self._crosses(flow, joined)]
        return tuple(sorted(crossing, key=lambda f: (f.source, f.target, f.port or 0)))

    def _across(self, partial: Collection[str]) -> Iterator[Flow]:
        """Yield the flows between namespaces, and those inside namespaces of which a part has joined."""
        for flows in self.between_namespaces.values():
            yield from flows
        for flow in self.flows:
            same = flow.source.namespace == flow.target.namespace
            if same and flow.source.namespace in partial and not flow.background:
                yield flow

    @staticmethod
    def _crosses(flow: Flow, joined: Callable[[Ref], bool]) -> bool:
        targets = {joined(ref) for ref in flow.to_workloads} or {joined(flow.target)}
        return targets != {joined(flow.source)}

    def depth(self, workloads: Collection[Ref]) -> Mapping[Ref, int]:
        """Say how many calls lie below each workload among the given ones; 0 calls none of them.

        Workloads that call each other in a circle share a depth.
        """
        calls: nx.DiGraph[Ref] = nx.DiGraph()
        calls.add_nodes_from(sorted(workloads))
        for flow in self.flows:
            if not flow.background:
                calls.add_edges_from(
                    (flow.source, ref) for ref in flow.to_workloads if {flow.source, ref} <= set(workloads)
                )
        circles = nx.condensation(calls)
        depths: dict[int, int] = {}
        for circle in reversed(list(nx.topological_sort(circles))):
            depths[circle] = max((depths[below] + 1 for below in circles.successors(circle)), default=0)
        return {ref: depths[number] for ref, number in circles.graph["mapping"].items()}

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
