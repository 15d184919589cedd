"""Ports that are declared HTTP and serve TLS.

What it finds:
    Ports declared HTTP, HTTP/2 or gRPC where a probe, an Ingress, a caller, the container port or its number says
    that the application serves TLS itself.

Why it matters:
    The server's sidecar has no place for foreign TLS on such a port and drops the connection, also when it is
    PERMISSIVE. It breaks for everyone on the day of the restart, not later.

Blocked:
    ports:
      - name: http
        port: 443
        targetPort: https

Ready:
    ports:
      - name: https
        port: 443
        targetPort: https

How to fix:
    Set `appProtocol: https`, before the pod gets a sidecar.

Source: istio/istio pilot/pkg/networking/core/filterchain_options.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.checks.witnesses import Witness, witnesses
from planner.mesh.spoken import Carrier
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP212",
    name="tls-on-http-named-port",
    title="The port is declared HTTP and the application serves TLS",
    severity=Severity.HIGH,
    why="The server's sidecar drops TLS that is not the mesh's on such a port, even in PERMISSIVE.",
    fix="Set `appProtocol: https` on the port before its pods get a sidecar.",
    kinds=("Service",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every such port: two witnesses or one that saw TLS are a fact, one is a question."""
    for port in exposed(context):
        if port.declared.protocol.data_path_class != "http":
            continue
        every = witnesses(context, RULE, port)
        tls = tuple(w for w in every if w.carrier is Carrier.TLS)
        plain = tuple(w for w in every if w.carrier is not Carrier.TLS and w.strength > 1)
        if tls and _weight(tls) > _weight(plain) and _weight(tls) > 1:
            yield _finding(port, tls)


def _weight(found: tuple[Witness, ...]) -> int:
    return max((w.strength for w in found), default=0)


def _finding(port: Exposed, tls: tuple[Witness, ...]) -> Finding:
    sure = len(tls) > 1 or tls[0].strength > 2
    says = " and ".join(w.says for w in tls[:2])
    served = "TLS is served" if sure else "perhaps TLS is served"
    message = f"{port.text} is declared {port.declared.protocol}, but {served} ({says}); its sidecar drops such calls"
    where = (cite(RULE, port.service.object, port.field), *(w.evidence for w in tls[:3]))
    return finding(
        RULE, port.service.ref, message, where, outcome=Outcome.BLOCKED if sure else Outcome.UNKNOWN,
        confidence=0.95 if sure else 0.6, detail=port.detail,
    )  # fmt: skip
