"""Ingress controllers, which decide how long the front of the application stays without STRICT.

What it finds:
    Workloads that run an ingress controller or a gateway of another product than Istio.

Why it matters:
    While the controller has no sidecar it calls in plaintext, so what it calls cannot be STRICT on those ports. With
    a sidecar it connects to pods with the visitor's Host, which matches no Service unless it is told otherwise.

Blocked:
    image: registry.k8s.io/ingress-nginx/controller:v1.12.0

Ready:
    image: example/web:1.0

How to fix:
    Decide: an Istio gateway instead, the controller in the mesh with `service-upstream`, or a named exception.

Source: istio/istio pilot/pkg/networking/core (filterchain_options.go, httproute.go, listener.go); threads
kubernetes/ingress-nginx 3171 and istio/istio 9107.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.proxies.products import ingress_controller
from planner.checks.words import some
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import SERVICE, WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP304",
    name="ingress-controller-outside-mesh",
    title="An ingress controller calls in plaintext, or with a foreign Host",
    severity=Severity.MEDIUM,
    why="What it calls cannot be STRICT until it is replaced, joined and told the Services' names, or excepted.",
    fix=(
        "Decide with its owner: replace it by an Istio gateway, join it with `service-upstream` and `upstream-vhost`, "
        "or name the ports that it calls as exceptions of STRICT."
    ),
    kinds=WORKLOAD_KINDS,
    before=Before.STRICT,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every controller once."""
    for workload in context.workloads:
        container = ingress_controller(workload)
        if container:
            where = cite(RULE, workload.object, (*container.path, "image"), container.image)
            host = " on the host network, where it can never have a sidecar" if workload.host_network else ""
            message = f"is an ingress controller{host}; {_called(context, workload)} STRICT while it has no sidecar"
            yield finding(RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE)


def _called(context: Context, workload: Workload) -> str:
    calls = context.graph.calls_of(workload.ref)
    names = {flow.target.text for flow in calls if flow.target.kind == SERVICE and not flow.background}
    return f"{some(names)} cannot be" if names else "what it calls cannot be"
