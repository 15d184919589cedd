"""TCP ports whose name says UDP.

What it finds:
    Ports with the transport TCP and a name or `appProtocol` that begins with `udp`.

Why it matters:
    Istio believes the name and makes no listener at all for the port. Calls pass as unknown traffic: without
    mutual TLS, refused by a STRICT callee, and blocked under REGISTRY_ONLY.

Blocked:
    ports:
      - name: udp-metrics
        port: 8125
        protocol: TCP

Ready:
    ports:
      - name: tcp-metrics
        port: 8125

How to fix:
    Set `appProtocol: tcp`, or correct the transport.

Source: istio/istio pkg/config/kube/conversion.go, pkg/config/protocol/instance.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import exposed
from planner.mesh.protocol import Protocol
from planner.model.finding import Before, Finding, Rule, Severity

RULE = Rule(
    id="MP205",
    name="udp-name-on-tcp-port",
    title="A TCP port is called UDP, so it gets no listener",
    severity=Severity.HIGH,
    why="Calls to it are unknown traffic: plaintext, and refused under STRICT or REGISTRY_ONLY.",
    fix="Set `appProtocol: tcp` on the port, or correct its transport.",
    kinds=("Service",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every TCP port that is declared UDP."""
    for port in exposed(context):
        if port.declared.protocol is Protocol.UDP and port.port.l4 != "UDP":
            message = f"{port.text} is a {port.port.l4} port that Istio takes for UDP, so it gets no listener"
            where = cite(RULE, port.service.object, port.field)
            yield finding(RULE, port.service.ref, message, (where,), detail=port.detail)
