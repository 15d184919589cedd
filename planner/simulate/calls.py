"""A flow of the graph as the call that the mesh has to carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from planner.mesh.call import Call
from planner.mesh.init_containers import PROXY_UID, init_network
from planner.mesh.peers import Peer
from planner.mesh.server_first import speaks_first
from planner.mesh.spoken import Carrier, carrier
from planner.model.fields import int_at
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.refs import API_SERVER, EXTERNAL, KUBELET, SERVICE, UNKNOWN, WILDCARD, Ref
from planner.model.services import Service
from planner.model.verdict import Verdict
from planner.plan.facts import Facts
from planner.simulate.pods import PodStates

ANY_HOST = "a-host-that-no-service-has.invalid"
"""Stands for a Host that is not known: the worst case, a name that no Service answers to."""

API_SERVER_SERVICE = ("default", "kubernetes")
"""Namespace and name of the Service that every cluster has for its API server."""

_WATCH = "watch its traffic for a day, or declare it under `flows:`"


@dataclass(frozen=True)
class Circles:
    """What is needed to turn flows into calls.

    Attributes:
        inventory: What was read.
        service: Finds a Service as it stands at this moment, by namespace and name.
        pods: The pods of every workload at this moment.
        facts: Versions and switches.
        cni: Whether Istio's CNI plug-in redirects traffic; None where not known.
        hosts: Host that a proxy sends, by (proxy, Service, port); empty where it is not one fixed name.
    """

    inventory: Inventory
    service: Callable[[str, str], Service | None]
    pods: PodStates
    facts: Facts
    cni: bool | None = None
    hosts: Mapping[tuple[Ref, Ref, int | None], str] = field(default_factory=dict)

    _lasting: dict[int, Lasting] = field(default_factory=dict, repr=False, compare=False)

    def lasting(self, flow: Flow) -> Lasting:
        """Give what stays as it is about a flow; worked out once, since each flow is one object."""
        known = self._lasting.get(id(flow))
        if known is None:
            known = self._lasting[id(flow)] = _lasting(flow, self)
        return known

    def peers(self, flow: Flow) -> tuple[tuple[Peer, ...], tuple[Peer, ...]]:
        """Give the kinds of pod that may make, and that may take, the calls of a flow at this moment."""
        callers = self.pods.of(flow.source) if flow.source.is_workload else ()
        named = self.lasting(flow).service
        service = self.service(*named) if named is not None else None
        return callers, self.pods.behind(service) if service is not None else self.pods.of(flow.target)


def settled(flow: Flow) -> Verdict | None:
    """Give the verdict of a flow that no state of the mesh changes; None for all others."""
    if flow.target.kind == UNKNOWN:
        missing = f"what answers to {flow.target.name}"
        return Verdict("unknown", "target", "nothing that was read answers to the address", missing, _WATCH)
    if flow.target.kind == WILDCARD:
        missing = "the endpoints that it reaches"
        return Verdict("unknown", "wildcard", "the callees are every endpoint", missing, "look at the scrape targets")
    if flow.source == KUBELET:
        return Verdict("bypass", "probe-rewrite", "the agent answers probes in the application's stead")
    if flow.declared == "UDP" or carrier(flow.protocol) is Carrier.UDP:
        return Verdict("bypass", "udp", "UDP is never captured")
    return None


@dataclass(frozen=True, slots=True)
class Lasting:
    """What stays as it is about the calls of a flow, whatever the moment."""

    service: tuple[str, str] | None
    external: str
    direct: bool
    host: str
    speaks: Carrier | None
    server_first: bool
    unseen: str


def calls_of(flow: Flow, around: Circles, callers: tuple[Peer, ...], pods: tuple[Peer, ...]) -> tuple[Call, ...]:
    """Give the calls that stand for a flow at this moment: one for each kind of pod that its caller may have."""
    lasting = around.lasting(flow)
    service = around.service(*lasting.service) if lasting.service is not None else None
    return tuple(
        Call(
            caller, flow.port, service, pods, lasting.external, direct=lasting.direct, host=lasting.host,
            speaks=lasting.speaks, server_first=lasting.server_first, unseen=lasting.unseen if caller else "",
        )
        for caller in callers or (None,)
    )  # fmt: skip


def _lasting(flow: Flow, around: Circles) -> Lasting:
    service = _service(flow)
    return Lasting(
        service,
        external=flow.target.name if flow.target.kind == EXTERNAL else "",
        direct=service is None and flow.target.is_workload,
        host=_host(flow, around),
        speaks=carrier(flow.protocol),
        server_first=speaks_first(flow.protocol, flow.port) is not None,
        unseen=_unseen(flow, around),
    )


def _service(flow: Flow) -> tuple[str, str] | None:
    """Name the Service that a flow goes to, also where it stands for a host outside: its name is what is called."""
    if flow.target == API_SERVER:
        return API_SERVER_SERVICE
    if flow.target.kind != SERVICE:
        return None
    return flow.target.namespace, flow.target.name


def _host(flow: Flow, around: Circles) -> str:
    for port in (flow.port, None):
        sent = around.hosts.get((flow.source, flow.target, port))
        if sent is not None:
            return ANY_HOST if not sent or "$" in sent or "{" in sent else sent
    return ""


def _unseen(flow: Flow, around: Circles) -> str:
    """Say why a caller's own proxy does not see a call, as the key of a rule."""
    workload = around.inventory.workload(flow.source)
    if workload is not None and int_at(workload.pod_spec, "securityContext", "runAsUser") == PROXY_UID:
        return "uid-of-the-proxy"
    return "before-the-proxy" if early(flow) and around.facts.native.enabled is not True else ""


def early(flow: Flow) -> bool:
    """Whether only init containers make a call."""
    return all(".initContainers[" in item.field for item in flow.evidence)


def refused_early(flow: Flow, caller: Peer | None, around: Circles) -> Verdict | None:
    """Judge the call of an init container that no proxy lets out; None where it is as any other, or unseen."""
    if caller is None or not caller.proxy.is_sidecar or not early(flow):
        return None
    found = init_network(cni=around.cni, native=around.facts.native.enabled)
    if found.works is False:
        return Verdict("broken", "init-container", found.reason)
    if found.works is None:
        return Verdict("unknown", "init-container", found.reason, found.reason.partition(": ")[2], "ask the platform")
    return None
