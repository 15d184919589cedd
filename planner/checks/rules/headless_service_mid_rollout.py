"""Headless Services while only some of their pods have a proxy.

What it finds:
    Services with `clusterIP: None` and a selector.

Why it matters:
    Mutual TLS to a headless Service is all or nothing: one pod without a sidecar and callers send plaintext to
    all of them. STRICT in the middle of a rollout therefore cuts the cluster of such pods in two.

Blocked:
    spec:
      clusterIP: None
      selector:
        app: rabbitmq

Ready:
    spec:
      selector:
        app: rabbitmq

How to fix:
    Turn STRICT on only when every pod behind it has restarted, and declare every port that members use.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/model/push_context.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import count
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.services import Service

RULE = Rule(
    id="MP209",
    name="headless-service-mid-rollout",
    title="Mutual TLS to a headless Service is all or nothing",
    severity=Severity.LOW,
    why="One pod without a sidecar turns it off for all; STRICT then refuses the others' calls.",
    fix="Turn STRICT on only when every pod behind it has restarted, and declare every port that its members use.",
    kinds=("Service",),
    before=Before.STRICT,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every headless Service with pods; members that find each other before they are ready weigh more."""
    for service in context.services:
        if not service.headless or not service.selector or service.external_name:
            continue
        pods = sum(w.replicas for w in context.behind(service))
        members = service.object.raw.get("spec", {}).get("publishNotReadyAddresses") is True
        message = f"is headless, so mutual TLS to its {count(pods, 'pod')} starts only when the last one has a sidecar"
        where = cite(RULE, service.object, ("spec", "clusterIP"))
        severity = Severity.MEDIUM if members and pods > 1 else Severity.LOW
        yield finding(
            RULE, service.ref, message + _ports(service, members), (where,), outcome=Outcome.ADVICE, severity=severity
        )


def _ports(service: Service, members: bool) -> str:
    if not members:
        return ""
    numbers = ", ".join(str(port.number) for port in service.ports)
    return f"; its members talk before they are ready, on ports that must all be declared (now: {numbers or 'none'})"
