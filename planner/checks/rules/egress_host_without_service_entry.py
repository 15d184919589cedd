"""Hosts outside the cluster that the mesh does not know by name.

What it finds:
    Workloads that call hosts outside, for which no ServiceEntry that they can see has the name.

Why it matters:
    Under ALLOW_ANY such calls pass, without a name in the metrics. Under REGISTRY_ONLY they fail the moment the
    caller has a sidecar: 502 for HTTP, a closed connection for the rest.

Blocked:
    env:
      - name: PAYMENT_URL
        value: https://api.example.com     # and the policy is REGISTRY_ONLY

Ready:
    kind: ServiceEntry
    spec:
      hosts: [api.example.com]

How to fix:
    Create a ServiceEntry for each host; for TCP give addresses, or it catches the port for everybody.

Source: istio/istio pkg/config/mesh/mesh.go (defaults of the outbound policy and of `exportTo`),
pilot/pkg/networking/core (httproute.go buildCatchAllVirtualHost, listener_builder.go).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.checks.context import Context, finding
from planner.checks.words import count, some
from planner.mesh.hostnames import covers, is_ip
from planner.mesh.server_first import speaks_first
from planner.model.fields import list_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Boundary, Flow
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT, EXTERNAL, Ref

RULE = Rule(
    id="MP301",
    name="egress-host-without-service-entry",
    title="Hosts outside the cluster are called that no ServiceEntry names",
    severity=Severity.LOW,
    why="Under REGISTRY_ONLY these calls fail once the caller has a sidecar.",
    fix="Create a ServiceEntry for each host; for plain TCP give addresses, or it catches the port for everybody.",
    kinds=(),
    before=Before.REGISTRY_ONLY,
)

_LEAST = 0.3


def check(context: Context) -> Iterator[Finding]:
    """Flag every caller once, with all its hosts."""
    entries = context.inventory.of_kind("ServiceEntry")
    for caller, flows in _by_caller(context).items():
        missing = [flow for flow in flows if not any(_has(entry, flow) for entry in entries)]
        if missing:
            yield _finding(context, caller, missing)


def _by_caller(context: Context) -> dict[Ref, list[Flow]]:
    found: dict[Ref, list[Flow]] = defaultdict(list)
    for flow in context.graph.within(Boundary.EGRESS):
        if flow.target.kind == EXTERNAL and flow.target != CLIENT and flow.confidence >= _LEAST:
            found[flow.source].append(flow)
    return {ref: found[ref] for ref in sorted(found) if not ref.namespace.startswith("kube-")}


def _has(entry: KubeObject, flow: Flow) -> bool:
    shown = [str(name) for name in list_at(entry.raw, "spec", "exportTo")] or ["*"]
    visible = (
        "*" in shown
        or flow.source.namespace in shown
        or ("." in shown and entry.ref.namespace == flow.source.namespace)
    )
    hosts = [host for host in list_at(entry.raw, "spec", "hosts") if isinstance(host, str)]
    addresses = [a for a in list_at(entry.raw, "spec", "addresses") if isinstance(a, str)]
    named = any(covers(host, flow.target.name) for host in hosts)
    return visible and (named or (is_ip(flow.target.name) and flow.target.name in addresses))


def _finding(context: Context, caller: Ref, flows: list[Flow]) -> Finding:
    hosts = [f"{flow.target.name}{f':{flow.port}' if flow.port else ''}" for flow in flows]
    greeting = [flow.target.name for flow in flows if speaks_first(flow.protocol, flow.port)]
    many = len({flow.target.name for flow in flows})
    message = f"calls {count(many, 'host')} outside the cluster without a ServiceEntry: {some(hosts)}"
    message += f" (the server speaks first at {some(greeting)})" if greeting else ""
    plain = [flow.target.name for flow in flows if flow.protocol == "http"]
    message += f" (unencrypted HTTP to {some(plain)}, which the mesh does not change)" if plain else ""
    closed = context.registry_only
    return finding(
        RULE, caller, message, tuple(flow.evidence[0] for flow in flows),
        outcome=Outcome.BLOCKED if closed else Outcome.ADVICE, severity=Severity.HIGH if closed else Severity.LOW,
        confidence=max(flow.confidence for flow in flows), before=Before.RESTART if closed else None,
    )  # fmt: skip
