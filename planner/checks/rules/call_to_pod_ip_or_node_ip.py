"""Calls to addresses of pods and nodes instead of Services.

What it finds:
    Variables with the node's address (`status.hostIP`), private addresses that belong to no Service, and scrapers
    that ask every pod by its address.

Why it matters:
    An address that belongs to no Service is unknown traffic for a sidecar: it leaves in plaintext, is refused by a
    STRICT callee, and fails under REGISTRY_ONLY.

Blocked:
    env:
      - name: AGENT_HOST
        valueFrom:
          fieldRef:
            fieldPath: status.hostIP

Ready:
    env:
      - name: AGENT_HOST
        value: agent.tracing

How to fix:
    Call a Service, or keep the callee's port PERMISSIVE and the address in a ServiceEntry.

Source: istio/istio pilot/pkg/networking/core (httproute.go buildCatchAllVirtualHost, listener_builder.go),
pilot/pkg/model/sidecar.go.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import some
from planner.mesh.hostnames import is_ip
from planner.model.fields import Path, maps_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Boundary
from planner.model.refs import WILDCARD, WORKLOAD_KINDS, Ref
from planner.model.workloads import Workload

RULE = Rule(
    id="MP305",
    name="call-to-pod-ip-or-node-ip",
    title="A call goes to an address instead of a Service",
    severity=Severity.MEDIUM,
    why="It is unknown traffic: plaintext, refused under STRICT, failing under REGISTRY_ONLY.",
    fix="Call a Service instead, or keep the callee's port PERMISSIVE and the address in a ServiceEntry.",
    kinds=WORKLOAD_KINDS,
    before=Before.STRICT,
)

_NETWORKS = tuple(ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_SCRAPERS = ("scraping", "monitors")
_SCRAPE_FIX = (
    "Let annotated pods be scraped through the merged metrics, and except the ports that are scraped by monitors."
)


def check(context: Context) -> Iterator[Finding]:
    """Flag node addresses, bare private addresses and scrapers."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        nodes = tuple(_node_variables(workload))
        if nodes:
            names = some(name for name, _ in nodes)
            where = tuple(cite(RULE, workload.object, path, "status.hostIP") for _, path in nodes)
            message = f"seems to call something on its node by address ({names} is status.hostIP)"
            yield finding(
                RULE, workload.ref, message, where, outcome=Outcome.ADVICE, severity=Severity.LOW,
                confidence=0.6, detail="node",
            )  # fmt: skip
    yield from _addresses(context)
    yield from _scrapers(context)


def _node_variables(workload: Workload) -> Iterator[tuple[str, Path]]:
    for container in workload.containers:
        for index, raw in maps_at(container.raw, "env"):
            path: Path = (*container.path, "env", index, "valueFrom", "fieldRef", "fieldPath")
            if text_at(raw, "valueFrom", "fieldRef", "fieldPath") == "status.hostIP":
                yield text_at(raw, "name"), path


def _addresses(context: Context) -> Iterator[Finding]:
    for flow in context.graph.within(Boundary.EGRESS):
        if _private(flow.target.name) and _mine(flow.source):
            port = f":{flow.port}" if flow.port else ""
            message = f"calls the private address {flow.target.name}{port}, which belongs to no Service that was read"
            yield finding(
                RULE, flow.source, message, flow.evidence[:1], outcome=Outcome.UNKNOWN,
                confidence=flow.confidence, detail=f"{flow.target.name}{port}",
            )  # fmt: skip


def _private(name: str) -> bool:
    return is_ip(name) and any(ipaddress.ip_address(name) in network for network in _NETWORKS)


def _scrapers(context: Context) -> Iterator[Finding]:
    seen: set[Ref] = set()
    for flow in context.graph.flows:
        scrapes = flow.target.kind == WILDCARD or all(e.reader in _SCRAPERS for e in flow.evidence)
        if scrapes and _mine(flow.source) and flow.source not in seen:
            seen.add(flow.source)
            message = "asks pods by their addresses (scraping), which STRICT refuses"
            yield finding(
                RULE,
                flow.source,
                message,
                flow.evidence[:1],
                outcome=Outcome.ADVICE,
                fix=_SCRAPE_FIX,
                detail="scraping",
            )


def _mine(source: Ref) -> bool:
    return source.is_workload and not source.namespace.startswith("kube-")
