"""Until when a call reaches its callee without mTLS, and why.

One judgement for the plan, for the exceptions of the bundles and for the reports, so that they cannot disagree.

Source: istio.io tasks/security/authentication/mtls-migration; istio.io ops/configuration/mesh/app-health-check (probes
are answered by the agent); istio/istio pkg/kube/inject (ports of the agent that no PeerAuthentication guards).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from planner.mesh.host_header import needs_host_match
from planner.mesh.init_containers import PROXY_UID
from planner.mesh.mesh_gateways import is_gateway
from planner.mesh.protocol import declared
from planner.mesh.spoken import Carrier, carrier
from planner.model.fields import int_at
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.plan import NamespaceClass
from planner.model.refs import API_SERVER, CLIENT, EXTERNAL, KUBELET, Ref
from planner.model.services import Service
from planner.model.workloads import Workload
from planner.plan.facts import Facts
from planner.plan.host_rewrites import HostRewrite
from planner.plan.host_routes import planned
from planner.plan.job_runs import ended
from planner.plan.joined import Joined
from planner.plan.matching import Matching
from planner.plan.membership import Membership
from planner.plan.products import is_edge

_CONTROLLER_KINDS = ("Ingress ", "HTTPRoute ", "GRPCRoute ", "TLSRoute ", "TCPRoute ", "Route ", "IngressRoute ")
_AGENT_PORTS = (15020, 15021, 15090)
_REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
_UPSTREAM, _VHOST = (f"nginx.ingress.kubernetes.io/{name}" for name in ("service-upstream", "upstream-vhost"))


@dataclass(frozen=True, slots=True)
class Judgement:
    """When a caller stops being a plaintext one.

    Attributes:
        why: Code of the reason.
        text: The reason; the rest of a sentence whose subject is the caller.
        until: Phase at whose end it is one no more; None where it stays one for good.
        blocker: What its callees wait for before they may be STRICT; empty where a port that stays open helps.
        harmless: STRICT does not touch the call.
        lingers: A run that began before stays plaintext until it ends, whatever its namespace does.
    """

    why: str
    text: str
    until: int | None = None
    blocker: str = ""
    harmless: bool = False
    lingers: bool = False

    def after(self, phase: int) -> bool:
        """Whether the call is plaintext that STRICT would refuse once a phase is done."""
        return not self.harmless and (self.until is None or self.until > phase)


class Plaintext:
    """Judges the calls of one plan.

    Args:
        inventory: What was read.
        facts: Versions and switches.
        membership: Says who never has a proxy.
        known: Who joins when.
        rewrites: Proxies that send another Host than the Service's.
    """

    def __init__(
        self,
        inventory: Inventory,
        facts: Facts,
        membership: Membership,
        known: Joined,
        rewrites: Iterable[HostRewrite] = (),
    ) -> None:
        self._inventory = inventory
        self._facts = facts
        self._membership = membership
        self._matching = Matching(inventory, facts, membership)
        self._rewrites = tuple(rewrites)
        self._judged: dict[tuple[Ref, Ref, int | None], Judgement] = {}
        self.known = known

    @property
    def matching(self) -> Matching:
        """Which calls the callers' proxies would not recognise."""
        return self._matching

    @cached_property
    def _routes(self) -> dict[tuple[Ref, Ref, int | None], int | None]:
        return planned(self._rewrites, self._inventory, self._facts, self.joins, self.known.phase.get)

    def joins(self, ref: Ref) -> int | None:
        """Give the phase in which a workload gets its proxy; None where it never does."""
        return None if self._membership.is_plaintext(ref) else self.known.of(ref)

    def judge(self, flow: Flow) -> Judgement:
        """Say until when a call is plaintext."""
        key = (flow.source, flow.target, flow.port)
        if key not in self._judged:
            self._judged[key] = self._harmless(flow) or self._judge(flow)
        return self._judged[key]

    def _harmless(self, flow: Flow) -> Judgement | None:
        if flow.declared == "UDP" or carrier(flow.protocol) is Carrier.UDP:
            return Judgement("udp", "speaks UDP, which no proxy sees", harmless=True)
        if flow.port in _AGENT_PORTS:
            return Judgement("agent-port", "calls a port of the proxy's own agent", harmless=True)
        pods = [self._inventory.workload(ref) for ref in flow.to_workloads or (flow.target,)]
        known = [workload for workload in pods if workload is not None]
        if known and all(self._membership.never(workload) for workload in known):
            return Judgement("callee-outside", "reaches pods without a proxy, which refuse nothing", harmless=True)
        if flow.source == KUBELET and not any(w.annotations.get(_REWRITE) == "false" for w in known):
            return Judgement("kubelet", "probes through the agent, which STRICT does not touch", harmless=True)
        return None

    def _judge(self, flow: Flow) -> Judgement:
        source = flow.source
        if source == KUBELET:
            return Judgement("kubelet", f"probes directly, as {_REWRITE} is false")
        if source == API_SERVER or source.is_control_plane:
            return Judgement("api-server", "is the control plane and has no proxy")
        if source == CLIENT and _through_controller(flow):
            return self._ingress(flow)
        if source == CLIENT or source.kind == EXTERNAL:
            blocker = "waits for a gateway in front: clients outside come directly"
            return Judgement("outside", "comes from outside the cluster", blocker=blocker)
        return self._workload(flow)

    def _workload(self, flow: Flow) -> Judgement:
        source = flow.source
        workload = self._inventory.workload(source)
        if workload is not None and is_gateway(workload):
            return Judgement("mesh-gateway", "is a gateway of the mesh", until=0)
        joins = self.known.of(source)
        if joins is None:
            return self._never(flow)
        bare = self._membership.calls_plaintext(flow)
        if bare:
            return Judgement(_code(flow, workload), bare)
        if workload is not None and int_at(workload.pod_spec, "securityContext", "runAsUser") == PROXY_UID:
            return Judgement("uid-of-the-proxy", "runs as the proxy's own user, whose traffic is not captured")
        if workload is not None and _runs_controller(workload) and not self._names_service(flow):
            return self._ingress(flow)
        return self._matched(flow, joins)

    def _never(self, flow: Flow) -> Judgement:
        if self.known.classes.get(flow.source.namespace) is NamespaceClass.EDGE:
            return Judgement("ingress", "is an ingress controller outside", blocker=_wait_for(flow.source.namespace))
        scrapes = all(item.reader in ("scraping", "monitors", "pod-annotations") for item in flow.evidence)
        return Judgement("scraper" if scrapes else "stays-outside", "stays outside the mesh")

    def _matched(self, flow: Flow, joins: int) -> Judgement:
        """Judge a caller that joins: it needs a Service that its proxy recognises, too."""
        miss = self._matching.miss(flow)
        if miss:
            return Judgement(miss.why, miss.text, blocker=miss.remedy)
        for port in (flow.port, None):
            key = (flow.source, flow.target, port)
            if key in self._routes:
                at = self._routes[key]
                text = "sends another Host than the Service's, so no Service matches"
                return Judgement("host-rewritten", text, until=None if at is None else max(at, joins))
        whole, lingers = self._whole(flow), self._lingers(flow.source, joins)
        if whole > joins:
            text = "calls a headless Service, which gets plaintext until all of its pods have a proxy"
            return Judgement("headless-rolling", text, until=whole, lingers=lingers)
        text = "is not in the mesh yet" if joins else "is in the mesh"
        text += ", and a run that has begun before stays out until it ends" if lingers else ""
        return Judgement("not-yet", text, until=joins, lingers=lingers)

    def _lingers(self, source: Ref, joins: int) -> bool:
        workload = self._inventory.workload(source) if source.kind == "Job" else None
        return joins > 0 and workload is not None and not ended(workload)

    def _whole(self, flow: Flow) -> int:
        """Give the phase in which the last pod behind a headless Service has a proxy; 0 for all other callees.

        Source: istio/istio pilot/pkg/networking/core/cluster_tls.go (one endpoint without a sidecar turns automatic
        mTLS off for all of them).
        """
        behind = [w for s in self._fronts(flow) if s.headless for w in self._inventory.behind(s)]
        return max((self.joins(w.ref) or 0 for w in behind), default=0)

    def _fronts(self, flow: Flow) -> tuple[Service, ...]:
        """Give the Service that is called; for a pod's own address those that stand in front of it."""
        workload = self._inventory.workload(flow.target)
        if workload is not None:
            return self._inventory.in_front_of(workload)
        service = self._inventory.service(flow.target.namespace, flow.target.name)
        return (service,) if service else ()

    def _ingress(self, flow: Flow) -> Judgement:
        """Judge calls of an ingress controller, which by habit sends the public Host to the pods' own addresses."""
        edges = sorted(name for name, kind in self.known.classes.items() if kind is NamespaceClass.EDGE)
        inside = [self.known.phase[name] for name in edges if name in self.known.phase]
        outside = [name for name in edges if name not in self.known.phase]
        if outside or not inside:
            return Judgement("ingress", "comes through an ingress controller outside", blocker=_wait_for(*outside))
        if self._names_service(flow):
            return Judgement("ingress", "comes through an ingress controller", until=max(inside))
        who = ", ".join(edges)
        text = "comes through an ingress controller that sends the public Host to the pods' own addresses"
        blocker = f"waits for {who} to send the Service's name to the Service's address, or for a gateway in its place"
        return Judgement("ingress", text, blocker=blocker)

    def _names_service(self, flow: Flow) -> bool:
        """Whether every Ingress behind a flow makes the controller call the Service as the mesh knows it."""
        ingresses = [item.object for item in flow.evidence if item.object.startswith("Ingress ")]
        return bool(ingresses) and all(self._upstream(name, flow) for name in ingresses)

    def _upstream(self, text: str, flow: Flow) -> bool:
        namespace, _, name = text.removeprefix("Ingress ").partition("/")
        obj = self._inventory.get("Ingress", namespace, name)
        service = self._inventory.service(flow.target.namespace, flow.target.name)
        if obj is None or service is None or obj.annotations.get(_UPSTREAM) != "true":
            return False
        port = service.port(flow.port) if flow.port is not None else None
        if port is None:
            return False
        kind = declared(port.number, port.name, port.l4, port.app_protocol, self._facts.istio).protocol
        return not needs_host_match(kind.data_path_class) or obj.annotations.get(_VHOST, "").startswith(
            f"{service.ref.name}.{service.ref.namespace}"
        )


def _through_controller(flow: Flow) -> bool:
    """Whether outside clients come through an Ingress, so that a controller is the caller of the pods."""
    return all(item.object.startswith(_CONTROLLER_KINDS) for item in flow.evidence)


def _wait_for(*edges: str) -> str:
    who = ", ".join(edges) or "the ingress controller, which was not read,"
    return f"waits for {who} to join or to be replaced by a gateway"


def _runs_controller(workload: Workload) -> bool:
    return any(is_edge(c.image) for c in workload.containers if not c.init) and not workload.ends


def _code(flow: Flow, workload: Workload | None) -> str:
    if all(".initContainers[" in item.field for item in flow.evidence):
        return "init-container"
    if workload is None:
        return "operator"
    return "host-network" if workload.host_network else "never-joins"
