"""Calls to the cluster's own public names from inside.

What it finds:
    Calls to hosts that an Ingress, a Route, an HTTPRoute or a VirtualService of this cluster serves.

Why it matters:
    Such a call leaves the cluster and comes back through the front door: without mutual TLS, without the caller's
    identity, and under REGISTRY_ONLY not at all. The load balancer sees it as one more visitor.

Blocked:
    value: https://login.example.org/realms/shop      # an Ingress of this cluster serves login.example.org

Ready:
    value: http://keycloak.auth:8080/realms/shop

How to fix:
    Call the Service where the program allows it; otherwise a ServiceEntry for the public name before REGISTRY_ONLY.

Source: istio/istio pkg/config/mesh/mesh.go (default of the outbound policy), pilot/pkg/networking/core
(httproute.go buildCatchAllVirtualHost, listener_builder.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.checks.context import Context, finding
from planner.mesh.hostnames import covers
from planner.model.fields import list_at, maps_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Boundary
from planner.model.objects import KubeObject

RULE = Rule(
    id="MP309",
    name="public-name-called-inside",
    title="A call leaves the cluster and comes back through its own front door",
    severity=Severity.LOW,
    why="It loses mutual TLS and the caller's identity, and fails under REGISTRY_ONLY.",
    fix="Call the Service where the program allows it; otherwise give the public name a ServiceEntry.",
    kinds=(),
    before=Before.REGISTRY_ONLY,
)

_SERVES = ("HTTPRoute", "Ingress", "Route", "VirtualService")


def check(context: Context) -> Iterator[Finding]:
    """Flag every caller and public name once."""
    served = _served(context)
    seen: set[str] = set()
    for flow in context.graph.within(Boundary.EGRESS):
        owner = next((text for host, text in served.items() if covers(host, flow.target.name)), "")
        if not owner or flow.source.namespace.startswith("kube-"):
            continue
        message = (
            f"calls {flow.target.name}, which {owner} of this cluster serves: out and back in through the front door"
        )
        found = finding(
            RULE, flow.source, message, flow.evidence[:1], outcome=Outcome.ADVICE,
            confidence=flow.confidence, detail=flow.target.name,
        )  # fmt: skip
        if found.id not in seen:
            seen.add(found.id)
            yield found


def _served(context: Context) -> Mapping[str, str]:
    return {
        host: str(obj.ref) for obj in context.inventory.of_kind(*_SERVES) for host in _hosts(obj) if host.strip("*.")
    }


def _hosts(obj: KubeObject) -> Iterator[str]:
    yield text_at(obj.raw, "spec", "host")
    for _, rule in maps_at(obj.raw, "spec", "rules"):
        yield text_at(rule, "host")
    # A VirtualService of the mesh names Services too; those are no public names.
    public = obj.ref.kind != "VirtualService" or list_at(obj.raw, "spec", "gateways")
    for key in ("hostnames", "hosts") if public else ():
        yield from (host for host in list_at(obj.raw, "spec", key) if isinstance(host, str) and "." in host)
