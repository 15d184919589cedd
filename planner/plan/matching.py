"""Whether a caller's sidecar, once it has one, recognises a call: what it does not recognise stays plaintext.

Asked of the mesh objects that exist today, for a mesh in which everybody has joined. Rewritten Hosts are not looked
at here (see `planner.plan.host_routes`).

Source: istio/istio pilot/pkg/networking/core (listener.go, httproute.go: what no Service matches leaves through
PassthroughCluster without mTLS; cluster_tls.go: a DestinationRule's TLS setting decides completely, and a headless
Service with one pod that has no proxy gets plaintext for all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from planner.mesh.calling import Call
from planner.mesh.destination_rule_choice import choose
from planner.mesh.outbound import Way, route
from planner.mesh.peers import MeshSettings, Peer, Proxy, container_ports
from planner.mesh.sidecar_scope import scope_of
from planner.mesh.transport_kinds import TlsMode
from planner.mesh.view import KINDS, MeshView, Raw
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.refs import SERVICE, Ref
from planner.model.services import Service
from planner.plan.facts import Facts
from planner.plan.membership import Membership

_OFF = (TlsMode.DISABLE, TlsMode.SIMPLE, TlsMode.MUTUAL)


@dataclass(frozen=True, slots=True)
class Miss:
    """Why a call stays plaintext between two proxies.

    Attributes:
        why: Code (`pod-address`, `hidden-service`, `port-not-in-service`, `destination-rule`, `headless-mixed`).
        text: The rest of a sentence whose subject is the caller.
        remedy: What a namespace waits for before it may be STRICT; empty where only an exception helps.
    """

    why: str
    text: str
    remedy: str = ""


class Matching:
    """Answers for one snapshot which calls no proxy would encrypt.

    Args:
        inventory: What was read.
        facts: Versions and switches.
        membership: Says who never has a proxy.
    """

    def __init__(self, inventory: Inventory, facts: Facts, membership: Membership) -> None:
        self._inventory = inventory
        self._facts = facts
        self._membership = membership
        self._peers: dict[Ref, Peer] = {}
        self._misses: dict[tuple[Ref, Ref, int | None], Miss | None] = {}

    @cached_property
    def view(self) -> MeshView:
        """The mesh objects of today over pods that all have a sidecar."""
        facts = self._facts
        settings = MeshSettings(
            facts.istio, facts.registry_only, root_namespace=facts.root_namespace, cluster_domain=facts.cluster_domain
        )
        objects: Mapping[str, list[Raw]] = {kind: [o.raw for o in self._inventory.of_kind(kind)] for kind in KINDS}
        return MeshView(settings, self._inventory.services, lambda _service: (), objects)

    def peer(self, ref: Ref) -> Peer:
        """Give a workload's pods as the mesh sees them; one that was not read has no labels."""
        if ref not in self._peers:
            workload = self._inventory.workload(ref)
            labels = workload.labels if workload else {}
            ports = container_ports(c.raw for c in workload.containers) if workload else {}
            notes = workload.annotations if workload else {}
            self._peers[ref] = Peer(ref, labels, Proxy.SIDECAR, notes, ports=ports)
        return self._peers[ref]

    def miss(self, flow: Flow) -> Miss | None:
        """Say why a call inside the cluster gets no mTLS although both sides have joined; None where it does."""
        key = (flow.source, flow.target, flow.port)
        if key not in self._misses:
            self._misses[key] = self._miss(flow)
        return self._misses[key]

    def _miss(self, flow: Flow) -> Miss | None:
        caller = self.peer(flow.source)
        if flow.target.kind != SERVICE:
            return self._direct(flow, caller) if flow.target.is_workload else None
        service = self._inventory.service(flow.target.namespace, flow.target.name)
        if service is None or service.external_name:
            return None
        return self._unrouted(flow, caller, service) or self._ruled(flow, caller, service) or self._mixed(service)

    def _direct(self, flow: Flow, caller: Peer) -> Miss | None:
        call = Call(caller, flow.port, pods=(self.peer(flow.target),), direct=True)
        if route(self.view, caller, call).way is Way.SERVICE:
            return None
        return Miss("pod-address", "calls the pods by their own addresses, which no Service matches")

    def _unrouted(self, flow: Flow, caller: Peer, service: Service) -> Miss | None:
        known = {port.number for port in service.ports}
        number = flow.port if flow.port is not None else min(known, default=None)
        if number is None or (number not in known and not service.headless):
            return None  # such a call does not work today either
        found = route(self.view, caller, Call(caller, number, service))
        if found.way in (Way.SERVICE, Way.ENTRY):
            return None
        if number not in known:
            return Miss("port-not-in-service", "calls a port that the headless Service does not declare")
        return self._hidden(caller, service)

    def _hidden(self, caller: Peer, service: Service) -> Miss:
        scope = scope_of(self.view, caller.ref.namespace, caller.labels)
        where = service.ref.namespace
        if scope.sees(caller.ref.namespace, where, self.view.host_of(service)):
            remedy = f"waits for {service.ref} to be exported to {caller.ref.namespace}"
            return Miss("hidden-service", "cannot see the Service, which is not exported to it", remedy)
        remedy = f"waits for Sidecar {scope.source} to list {where}: its callers there would send plaintext"
        return Miss("hidden-service", f"cannot see the Service, which Sidecar {scope.source} leaves out", remedy)

    def _ruled(self, flow: Flow, caller: Peer, service: Service) -> Miss | None:
        host = self.view.host_of(service)
        rule = choose(self.view, caller.ref.namespace, caller.labels, service.ref.namespace, host, flow.port)
        if rule.tls not in _OFF:
            return None
        mode = rule.tls.value
        remedy = f"waits for DestinationRule {rule.source} to go: it keeps callers from mTLS ({mode})"
        return Miss("destination-rule", f"follows DestinationRule {rule.source}, which sets {mode}", remedy)

    def _mixed(self, service: Service) -> Miss | None:
        if not service.headless:
            return None
        pods = self._inventory.behind(service)
        bare = sorted(w.ref.text for w in pods if self._membership.never(w))
        if not bare or len(bare) == len(pods):
            return None
        return Miss("headless-mixed", f"sends plaintext to every pod of a headless Service, as {bare[0]} has no proxy")
