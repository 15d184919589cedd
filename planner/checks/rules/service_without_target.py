"""Services that lead to nothing that was read.

What it finds:
    Selectors that match no workload, named target ports that no container declares, the target port 0, and
    Services without a selector, whose endpoints are written by hand.

Why it matters:
    Either the Service is broken already, or what stands behind it was not read, and then nothing is known about
    it. Endpoints written by hand have no proxy, ever.

Blocked:
    spec:
      selector:
        app: carts       # the pods say: app: cart

Ready:
    spec:
      selector:
        app: cart

How to fix:
    Correct the selector or the port, remove the Service, or read also what makes its pods.

Source: Kubernetes Service documentation; istio/istio pilot/pkg/networking/core/listener_inbound.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.checks.words import some
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.services import Service

RULE = Rule(
    id="MP210",
    name="service-without-target",
    title="The Service leads to nothing that was read",
    severity=Severity.MEDIUM,
    why="It is broken, or nothing is known of what stands behind it.",
    fix="Correct the selector or the port, remove the Service, or read also what makes its pods.",
    kinds=("Service",),
    before=Before.STRICT,
)

_NO_SELECTOR_FIX = "Keep callers of it out of STRICT rules; what stands behind it never has a proxy."


def check(context: Context) -> Iterator[Finding]:
    """Flag Services, then single ports of Services that lead somewhere."""
    for service in context.services:
        found = _whole(context, service)
        if found:
            yield found
    for port in exposed(context):
        if port.backends:
            yield from _port(port)


def _whole(context: Context, service: Service) -> Finding | None:
    if service.external_name or (service.ref.namespace, service.ref.name) == ("default", "kubernetes"):
        return None
    if not service.selector:
        where = cite(RULE, service.object, ("spec",))
        message = "has no selector: its endpoints are written by hand and never have a proxy"
        return finding(
            RULE, service.ref, message, (where,), outcome=Outcome.ADVICE, severity=Severity.LOW,
            fix=_NO_SELECTOR_FIX, detail="no selector",
        )  # fmt: skip
    if context.behind(service):
        return None
    where = cite(RULE, service.object, ("spec", "selector"))
    labels = ", ".join(f"{key}={value}" for key, value in sorted(service.selector.items()))
    message = f"selects no workload that was read ({labels})"
    return finding(RULE, service.ref, message, (where,), outcome=Outcome.UNKNOWN, detail="selector")


def _port(port: Exposed) -> Iterator[Finding]:
    lost = [backend.workload.ref.name for backend in port.backends if not backend.number]
    if not lost:
        return
    where = cite(RULE, port.service.object, (*port.path, "targetPort"))
    message = f"{port.text} leads to target port {port.port.target}, which {some(lost)} does not declare"
    every = len(lost) == len(port.backends)
    yield finding(
        RULE, port.service.ref, message, (where,), outcome=Outcome.ADVICE,
        severity=Severity.MEDIUM if every else Severity.LOW, detail=port.detail,
    )  # fmt: skip
