"""Ports with an `appProtocol` that Istio does not know.

What it finds:
    `appProtocol` values that this Istio version does not understand, above all where the name alone would have
    been understood.

Why it matters:
    When the field is there the name does not count any more. A good name is shadowed, and the port is detected.

Blocked:
    ports:
      - name: http
        port: 8080
        appProtocol: example.com/rest

Ready:
    ports:
      - name: http
        port: 8080
        appProtocol: http

How to fix:
    Set a value that Istio knows, or remove the field.

Source: istio/istio pkg/config/kube/conversion.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.mesh.protocol import Protocol, declared
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP203",
    name="app-protocol-unknown",
    title="Istio does not know the appProtocol, and the name does not count any more",
    severity=Severity.MEDIUM,
    why="A good name is shadowed and the protocol is detected.",
    fix="Set `appProtocol` to a value that Istio knows, or remove the field.",
    kinds=("Service",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every port whose appProtocol decides nothing."""
    for port in exposed(context):
        written = port.port.app_protocol
        if written is None or port.declared.source not in ("none", "port") or port.port.l4 != "TCP":
            continue
        by_name = _by_name(context, port)
        shadow = f", and shadows the name {port.port.name}, which says {by_name}" if by_name else ""
        message = f"{port.text} has appProtocol {written!r}, which Istio {context.istio.line} does not know{shadow}"
        where = cite(RULE, port.service.object, port.field, written)
        severity = Severity.MEDIUM if by_name else Severity.LOW
        yield finding(
            RULE, port.service.ref, message, (where,), outcome=Outcome.ADVICE, severity=severity, detail=port.detail
        )


def _by_name(context: Context, port: Exposed) -> str:
    """Say what the name alone would mean, or nothing."""
    alone = declared(port.port.number, port.port.name, port.port.l4, None, context.istio)
    return "" if alone.protocol is Protocol.AUTO or alone.source != "name" else str(alone.protocol)
