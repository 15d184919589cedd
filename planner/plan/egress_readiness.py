"""What REGISTRY_ONLY would refuse: hosts without an entry, addresses, hidden Services, names that nothing answers to.

Source: istio/istio pilot/pkg/networking/core/httproute.go buildCatchAllVirtualHost, listener_builder.go (what matches
no Service and no ServiceEntry goes to BlackHoleCluster; so do calls to pod addresses and to hidden Services).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from planner.graph.traffic import TrafficGraph
from planner.mesh.calling import Call
from planner.mesh.outbound import Way, route
from planner.mesh.spoken import carrier
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.readiness import EgressGap
from planner.model.refs import UNKNOWN, Ref
from planner.plan.external_entries import Choice, choose
from planner.plan.external_hosts import external_hosts, outside_host
from planner.plan.facts import Facts
from planner.plan.plaintext import Plaintext
from planner.plan.strict_readiness import MIN_CONFIDENCE

_UNSEEN = ("pod-address", "hidden-service", "port-not-in-service")
_Key = tuple[str, int | None, str, str, str, bool]


class Egress:
    """Finds the gaps of every namespace.

    Args:
        graph: Flows.
        plaintext: Says who joins when, and which calls no proxy recognises.
        inventory: What was read.
        facts: Versions and switches.
    """

    def __init__(self, graph: TrafficGraph, plaintext: Plaintext, inventory: Inventory, facts: Facts) -> None:
        self._graph = graph
        self._plaintext = plaintext
        self._inventory = inventory
        self._facts = facts

    @property
    def namespaces(self) -> frozenset[str]:
        """Namespaces that are or come into the mesh."""
        return frozenset(self._plaintext.known.phase)

    def joins(self, ref: Ref) -> int | None:
        """Give the phase in which a workload gets its proxy; None where it never does."""
        return self._plaintext.joins(ref)

    @cached_property
    def _choices(self) -> dict[tuple[str, str], Choice]:
        hosts = external_hosts(self._graph, self._facts.cluster_domain, self.joins)
        return {(host.namespace, host.host): choose(host, self._inventory, self._facts) for host in hosts}

    @cached_property
    def _by_caller(self) -> dict[str, list[Flow]]:
        found: dict[str, list[Flow]] = defaultdict(list)
        for flow in self._graph.flows:
            if flow.source.is_workload:
                found[flow.source.namespace].append(flow)
        return found

    def gaps(self, namespace: str) -> tuple[EgressGap, ...]:
        """List what pods of a namespace call and REGISTRY_ONLY would refuse, sorted by callee."""
        found: dict[_Key, list[str]] = defaultdict(list)
        for flow in self._by_caller.get(namespace, ()):
            if self.joins(flow.source) is not None:
                for why, text in self._gaps(flow):
                    sure = flow.confidence >= MIN_CONFIDENCE
                    found[_name(flow), flow.port, flow.protocol, why, text, sure].append(flow.id)
        ordered = sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or 0, item[0][2:]))
        return tuple(EgressGap(*key[:5], tuple(sorted(flows)), key[5]) for key, flows in ordered)

    def _gaps(self, flow: Flow) -> Iterator[tuple[str, str]]:
        host = outside_host(flow, self._facts.cluster_domain)
        if flow.target.kind == UNKNOWN:
            yield "unresolved", f"{flow.source.text} calls {flow.target.name!r}, which nothing read answers to"
        elif host:
            yield from self._external(flow, host)
        else:
            yield from self._inside(flow)

    def _external(self, flow: Flow, host: str) -> Iterator[tuple[str, str]]:
        choice = self._choices.get((flow.source.namespace, host))
        if choice is None:
            return
        where = f"{host} port {flow.port}" if flow.port else host
        if choice.owner and not self._known(flow, host):
            yield "port-not-in-entry", f"{choice.owner} has {host}, but not port {flow.port} ({flow.protocol})"
        elif choice.refused:
            yield "no-entry", f"{where} could not be given a ServiceEntry: {choice.refused}"
        elif flow.port in choice.left:
            yield "no-entry", f"{where} could not be given a ServiceEntry: {choice.why_left}"
        elif flow.port is None and not choice.owner:
            yield "no-entry", f"{where} is called on a port that is not known"

    def _known(self, flow: Flow, host: str) -> bool:
        """Whether the caller's proxy finds a call in the entries of today."""
        matching = self._plaintext.matching
        call = Call(matching.peer(flow.source), flow.port, external=host, speaks=carrier(flow.protocol))
        way = route(matching.view, matching.peer(flow.source), call).way
        return flow.port is None or way not in (Way.PASSTHROUGH, Way.REFUSED)

    def _inside(self, flow: Flow) -> Iterator[tuple[str, str]]:
        miss = self._plaintext.matching.miss(flow)
        found = self._plaintext.judge(flow)
        port = f" port {flow.port}" if flow.port else ""
        if miss and miss.why in _UNSEEN:
            yield miss.why, f"{flow.source.text} {miss.text} ({flow.target.text}{port})"
        elif found.why == "host-rewritten" and found.until is None:
            yield "foreign-host", f"{flow.source.text} {found.text} ({flow.target.text}{port})"


def _name(flow: Flow) -> str:
    return flow.external_name or flow.target.name if not flow.target.namespace else flow.target.text
