"""Ports that must stay open to plaintext: which, for whom, how, and from when to when.

Two kinds. A port whose caller never gets a proxy stays PERMISSIVE when its namespace becomes STRICT. A port at which
the server speaks first is DISABLE for as long as any of its callers has no proxy: with PERMISSIVE the server's proxy
would wait for the first bytes of a caller that waits for the server's greeting, and both would wait for ever. Putting
the callers first alone would not do, because callers may sit in a later phase or never join.

Source: istio.io ops/deployment/application-requirements (Server First Protocols); istio/istio
pilot/pkg/networking/core/filterchain_options.go (a port declared TCP and DISABLE waits for nobody),
pilot/pkg/security/authn/policy_applier.go (port-level modes are container ports). Who calls without a proxy is read
from the flows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.bundle.work import MIN_CONFIDENCE, Work
from planner.mesh.server_first import speaks_first
from planner.model.flow import Flow
from planner.model.refs import SERVICE, WILDCARD, Ref
from planner.model.workloads import Workload
from planner.plan.container_ports import reached

PERMISSIVE, DISABLE = "PERMISSIVE", "DISABLE"


@dataclass(frozen=True, slots=True)
class OpenPort:
    """One container port that takes plaintext longer than its namespace.

    Attributes:
        callee: The workload; the Service where its pods are made by an operator.
        port: Container port; None where it is not known.
        mode: `PERMISSIVE`, or `DISABLE` where the server speaks first.
        callers: Callers without proxy, sorted.
        until: Phase in which the last of them joins; None where one never does.
    """

    callee: Ref
    port: int | None
    mode: str
    callers: tuple[str, ...]
    until: int | None


def open_ports(
    work: Work, namespace: str, since: int, at_least: float = MIN_CONFIDENCE, *, lingering: bool = False
) -> tuple[OpenPort, ...]:
    """List the ports of a namespace that some caller reaches as plaintext once a phase is done.

    Args:
        work: The plan.
        namespace: Namespace of the callees.
        since: The phase after which callers are looked at.
        at_least: Flows less sure than this make no exception.
        lingering: Runs of Jobs from before their namespace joined count until the next phase ends.
    """
    callers: dict[tuple[Ref, int | None], list[Flow]] = defaultdict(list)
    for flow in work.graph.reaching(namespace):
        open_now = work.plaintext_after(flow, since) or (lingering and work.plaintext.judge(flow).lingers)
        if flow.confidence >= at_least and open_now:
            for callee, port in _reached(flow, namespace, work):
                callers[callee, port].append(flow)
    least = since + 1 if lingering else 0
    found = (_open(callee, port, flows, work, least) for (callee, port), flows in callers.items())
    return tuple(sorted(found, key=lambda item: (item.callee, item.port or 0)))


def _reached(flow: Flow, namespace: str, work: Work) -> Iterator[tuple[Ref, int | None]]:
    if flow.target.kind == WILDCARD:
        yield from _scraped(flow, namespace, work)
        return
    if flow.target.kind == SERVICE and not flow.to_workloads and not _has_pods(flow.target, work):
        return
    workloads = flow.to_workloads or (flow.target,)
    for ref in workloads:
        for port in reached(flow, work.inventory.workload(ref), work.inventory):
            yield ref, port


def _has_pods(target: Ref, work: Work) -> bool:
    """Whether a Service selects pods at all; one without a selector leads out of the mesh's sight."""
    service = work.inventory.service(target.namespace, target.name)
    return service is not None and bool(service.selector)


def _scraped(flow: Flow, namespace: str, work: Work) -> Iterator[tuple[Ref, int | None]]:
    """A caller of every endpoint: it concerns the workloads that declare the port."""
    for workload in work.inventory.workloads_in(namespace):
        if not work.membership.never(workload) and flow.port in _declared(workload):
            yield workload.ref, flow.port


def _declared(workload: Workload) -> set[object]:
    return {port.get("containerPort") for container in workload.containers for port in container.ports}


def _open(callee: Ref, port: int | None, flows: list[Flow], work: Work, least: int) -> OpenPort:
    workload = work.inventory.workload(callee)
    image = next((c.image for c in workload.containers if not c.init), None) if workload else None
    first = any(_says_greeting(flow, port, image) for flow in flows)
    ends = [work.plaintext.judge(flow).until for flow in flows]
    known = [phase for phase in ends if phase is not None]
    callers = tuple(sorted({flow.source.text for flow in flows}))
    until = max(least, *known) if len(known) == len(ends) else None
    return OpenPort(callee, port, DISABLE if first else PERMISSIVE, callers, until)


def _says_greeting(flow: Flow, port: int | None, image: str | None) -> bool:
    return speaks_first(flow.protocol, port, image) is not None
