"""Ports that Istio takes for gRPC-Web by accident.

What it finds:
    Names and `appProtocol` values that begin with `grpc-web` and go on with something else than a hyphen.

Why it matters:
    Istio tests the first eight letters before it looks for a hyphen, so `grpc-website` is gRPC-Web: HTTP/2
    towards the application, with a translation that plain HTTP does not expect.

Blocked:
    ports:
      - name: grpc-website
        port: 8080

Ready:
    ports:
      - name: grpc-web-site
        port: 8080

How to fix:
    Set `appProtocol` to what is spoken.

Source: istio/istio pkg/config/kube/conversion.go, pkg/config/protocol/instance.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import exposed
from planner.mesh.protocol import Protocol
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP204",
    name="grpc-web-prefix-trap",
    title="The name begins with grpc-web by accident",
    severity=Severity.MEDIUM,
    why="Istio takes the port for gRPC-Web.",
    fix="Set `appProtocol` on the port to what is spoken; it comes before the name.",
    kinds=("Service",),
    before=Before.RESTART,
)

_PREFIX = "grpc-web"


def check(context: Context) -> Iterator[Finding]:
    """Flag every port that is gRPC-Web by its first letters only."""
    for port in exposed(context):
        token = port.port.name if port.port.app_protocol is None else port.port.app_protocol
        rest = token[len(_PREFIX) : len(_PREFIX) + 1]
        if port.declared.protocol is Protocol.GRPC_WEB and rest not in ("", "-"):
            message = f"{port.text} is taken for gRPC-Web, because {token!r} begins with those letters"
            where = cite(RULE, port.service.object, port.field, token)
            yield finding(RULE, port.service.ref, message, (where,), outcome=Outcome.ADVICE, detail=port.detail)
