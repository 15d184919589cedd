"""Which flows a step can change, so that only these are judged again.

Too many is a loss of time, too few would be a wrong verdict; where it is not clear, all are taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from planner.graph.traffic import TrafficGraph
from planner.mesh.hostnames import covers
from planner.model.fields import int_at, list_at, maps_at, text_at
from planner.model.flow import Flow
from planner.model.refs import EXTERNAL, SERVICE, Ref

_PARTS = {"PeerAuthentication": "target", "AuthorizationPolicy": "target", "Sidecar": "source"}


class Touch:
    """Answers which flows hang on an object.

    Args:
        graph: Flows.
        root_namespace: Namespace of mesh-wide objects.
        cluster_domain: DNS domain of the cluster.
        rewritten: Ids of the flows in which a proxy sends a Host of its own.
    """

    def __init__(
        self, graph: TrafficGraph, root_namespace: str, cluster_domain: str, rewritten: Iterable[str] = ()
    ) -> None:
        self._graph = graph
        self._root = root_namespace
        self._domain = cluster_domain
        self._rewritten = frozenset(rewritten)
        self._by_port: dict[int | None, list[Flow]] = defaultdict(list)
        for flow in graph.flows:
            if self._is_loose(flow):
                self._by_port[flow.port].append(flow)

    def _is_loose(self, flow: Flow) -> bool:
        """Whether a flow may fall into a listener that is made for others of its port number."""
        by_name = flow.target.kind == SERVICE and not flow.external_name
        return not by_name or flow.id in self._rewritten

    def by_workloads(self, refs: Iterable[Ref]) -> Iterator[Flow]:
        """Yield the flows from and to workloads; each perhaps more than once."""
        for ref in refs:
            yield from self._graph.calls_of(ref)
            yield from self._graph.calls_to(ref)

    def by_object(self, ref: Ref, raw: Mapping[str, object]) -> Iterator[Flow]:
        """Yield the flows that an object can change."""
        part = _PARTS.get(ref.kind)
        if part is not None:
            yield from self._of_namespace(ref.namespace, part)
        elif ref.kind in ("DestinationRule", "VirtualService"):
            yield from self._of_hosts(ref, raw)
        elif ref.kind == "ServiceEntry":
            yield from self._of_entry(raw)
        elif ref.kind == SERVICE:
            yield from self._of_service(ref, raw)

    def _of_namespace(self, namespace: str, part: str) -> Iterable[Flow]:
        if namespace == self._root:
            return self._graph.flows
        return (flow for flow in self._graph.flows if getattr(flow, part).namespace == namespace)

    def _of_hosts(self, ref: Ref, raw: Mapping[str, object]) -> Iterator[Flow]:
        named = [text_at(raw, "spec", "host"), *(text_at(host) for host in list_at(raw, "spec", "hosts"))]
        hosts = [self._full(host, ref.namespace) for host in named if host]
        for flow in self._graph.flows:
            if flow.id in self._rewritten or any(covers(host, self._host(flow)) for host in hosts):
                yield flow

    def _full(self, host: str, namespace: str) -> str:
        return host if "." in host or host.startswith("*") else f"{host}.{namespace}.svc.{self._domain}"

    def _host(self, flow: Flow) -> str:
        if flow.target.kind == SERVICE and not flow.external_name:
            return f"{flow.target.name}.{flow.target.namespace}.svc.{self._domain}"
        return flow.external_name or flow.target.name

    def _of_entry(self, raw: Mapping[str, object]) -> Iterator[Flow]:
        for _, port in maps_at(raw, "spec", "ports"):
            yield from self._by_port.get(int_at(port, "number"), ())
        yield from self._by_port.get(None, ())

    def _of_service(self, ref: Ref, raw: Mapping[str, object]) -> Iterator[Flow]:
        yield from self._graph.calls_to(ref)
        for flow in self._graph.calls_to(ref):
            yield from (other for workload in flow.to_workloads for other in self._graph.calls_to(workload))
        for _, port in maps_at(raw, "spec", "ports"):
            yield from self._by_port.get(int_at(port, "port"), ())
        yield from (flow for flow in self._graph.flows if flow.target.namespace == ref.namespace)


def outside(flow: Flow) -> bool:
    """Whether a flow leaves the cluster."""
    return flow.target.kind == EXTERNAL or bool(flow.external_name)
