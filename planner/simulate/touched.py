"""Which flows a step can change, so that only these are judged again.

Too many is a loss of time, too few would be a wrong verdict; where it is not clear, all are taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from planner.graph.traffic import TrafficGraph
from planner.mesh.hostnames import covers
from planner.mesh.view import exported_to
from planner.model.fields import int_at, list_at, maps_at, text_at
from planner.model.flow import Flow
from planner.model.refs import SERVICE, Ref


class Touch:
    """Answers which flows hang on an object.

    Args:
        graph: Flows.
        root_namespace: Namespace of mesh-wide objects.
        cluster_domain: DNS domain of the cluster.
        rewritten: The flows in which a proxy sends a Host of its own.
    """

    def __init__(
        self, graph: TrafficGraph, root_namespace: str, cluster_domain: str, rewritten: Iterable[Flow] = ()
    ) -> None:
        self._graph = graph
        self._root = root_namespace
        self._domain = cluster_domain
        self._rewritten = tuple(rewritten)
        own_host = frozenset(self._rewritten)
        self._loose: dict[int | None, list[Flow]] = defaultdict(list)
        self._by_host: dict[str, list[Flow]] = defaultdict(list)
        self._by_source: dict[str, list[Flow]] = defaultdict(list)
        for flow in graph.flows:
            for host in self._hosts(flow):
                self._by_host[host].append(flow)
            self._by_source[flow.source.namespace].append(flow)
            if flow.target.kind != SERVICE or flow.external_name or flow in own_host:
                # It may fall into a listener that is made for others of its port number.
                self._loose[flow.port].append(flow)

    def by_workloads(self, refs: Iterable[Ref]) -> Iterator[Flow]:
        """Yield the flows from and to workloads; each perhaps more than once."""
        for ref in refs:
            yield from self._graph.calls_of(ref)
            yield from self._graph.calls_to(ref)

    def by_object(self, ref: Ref, raw: Mapping[str, object], everywhere: bool = False) -> Iterable[Flow]:
        """Give the flows that an object can change; `everywhere` says not to go by its export."""
        if ref.kind == "Sidecar":
            return self._graph.flows if ref.namespace == self._root else self._by_source.get(ref.namespace, ())
        if ref.kind in ("PeerAuthentication", "AuthorizationPolicy"):
            return self._graph.flows if ref.namespace == self._root else self._graph.reaching(ref.namespace)
        if ref.kind == SERVICE:
            return self._of_service(ref, raw)
        found = self._of_entry(raw) if ref.kind == "ServiceEntry" else self._of_hosts(ref, raw)
        seen = None if everywhere else exported_to(raw)
        return found if seen is None else (flow for flow in found if flow.source.namespace in seen)

    def _of_hosts(self, ref: Ref, raw: Mapping[str, object]) -> Iterator[Flow]:
        named = [text_at(raw, "spec", "host"), *(text_at(host) for host in list_at(raw, "spec", "hosts"))]
        yield from self._rewritten
        for host in (self._full(host, ref.namespace) for host in named if host):
            yield from self._meeting(host)

    def _meeting(self, host: str) -> Iterator[Flow]:
        """Yield the flows to a host, which may begin with a wildcard."""
        if not host.startswith("*"):
            yield from self._by_host.get(host, ())
            return
        for name, flows in self._by_host.items():
            if covers(host, name):
                yield from flows

    def _full(self, host: str, namespace: str) -> str:
        return host if "." in host or host.startswith("*") else f"{host}.{namespace}.svc.{self._domain}"

    def _hosts(self, flow: Flow) -> Iterator[str]:
        if flow.target.kind == SERVICE:
            yield f"{flow.target.name}.{flow.target.namespace}.svc.{self._domain}"
        if flow.target.kind != SERVICE or flow.external_name:
            yield flow.external_name or flow.target.name

    def _of_entry(self, raw: Mapping[str, object]) -> Iterator[Flow]:
        """Yield the flows to the hosts of an entry, and those of its ports that its listeners may take."""
        for host in list_at(raw, "spec", "hosts"):
            yield from self._meeting(text_at(host).lower())
        yield from self._rewritten
        for _, port in maps_at(raw, "spec", "ports"):
            # A TLS port is taken by server name alone, so it takes nobody else's calls.
            if text_at(port, "protocol").upper() not in ("TLS", "HTTPS"):
                yield from self._loose.get(int_at(port, "number"), ())
        yield from self._loose.get(None, ())

    def _of_service(self, ref: Ref, raw: Mapping[str, object]) -> Iterator[Flow]:
        yield from self._graph.reaching(ref.namespace)
        for _, port in maps_at(raw, "spec", "ports"):
            yield from self._loose.get(int_at(port, "port"), ())
