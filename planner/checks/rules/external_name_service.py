"""Services that are another name for a host.

What it finds:
    Services of the type ExternalName.

Why it matters:
    From Istio 1.21 such a Service is an alias: rules, policies and ServiceEntries must name the real host. Before,
    it was a Service of its own whose TCP ports captured every address on their number.

Blocked:
    spec:
      type: ExternalName
      externalName: db.example.com

Ready:
    spec:
      type: ClusterIP

How to fix:
    Write rules for the real host, and give a host outside the cluster a ServiceEntry before REGISTRY_ONLY.

Source: istio/istio pilot/pkg/features (ENABLE_EXTERNAL_NAME_ALIAS); istio.io upgrade notes of 1.20.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.protocol import Protocol
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.services import Service

RULE = Rule(
    id="MP211",
    name="external-name-service",
    title="The Service is only another name for a host",
    severity=Severity.LOW,
    why="Rules and ServiceEntries must name the real host.",
    fix="Write rules for the real host, and give a host outside the cluster a ServiceEntry before REGISTRY_ONLY.",
    kinds=("Service",),
    before=Before.REGISTRY_ONLY,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every such Service; more severely where an old Istio lets it capture a TCP port."""
    for service in context.services:
        if not service.external_name:
            continue
        where = cite(RULE, service.object, ("spec", "externalName"), service.external_name)
        captured = _captured(context, service)
        if captured:
            stands = f"stands for {service.external_name}"
            message = f"captures every address on TCP port {captured} in Istio {context.istio.line} ({stands})"
            yield finding(
                RULE, service.ref, message, (where,), outcome=Outcome.BLOCKED, severity=Severity.HIGH,
                before=Before.RESTART,
            )  # fmt: skip
        else:
            message = f"stands for {service.external_name}, which rules and ServiceEntries must name instead"
            yield finding(RULE, service.ref, message, (where,), outcome=Outcome.ADVICE)


def _captured(context: Context, service: Service) -> str:
    if context.istio.at_least(1, 21):
        return ""
    tcp = [p for p in service.ports if context.declared(p).protocol.data_path_class in ("tcp", Protocol.AUTO)]
    return ", ".join(str(port.number) for port in tcp)
