"""One port of a pod behind Services that call it different things.

What it finds:
    Container ports that several Service ports lead to, with different protocols as Istio takes them.

Why it matters:
    The pod's sidecar has one listener for each port. The oldest Service decides its protocol, whatever the other
    one says, and which one that is changes when a Service is created anew.

Blocked:
    ports:
      - name: http
        port: 80
        targetPort: 8080
      - name: https
        port: 443
        targetPort: 8080

Ready:
    ports:
      - name: http
        port: 80
        targetPort: 8080
      - name: http-alt
        port: 8000
        targetPort: 8080

How to fix:
    Declare the same protocol at every Service port that leads there; `tcp` where several are spoken on it.

Source: istio/istio pilot/pkg/networking/core/listener_inbound.go (getFilterChainsByServicePort,
reportInboundConflict).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Backend, Exposed, exposed
from planner.checks.words import joined
from planner.mesh.protocol import Protocol
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import Ref

RULE = Rule(
    id="MP207",
    name="one-target-port-two-protocols",
    title="One container port is declared with different protocols",
    severity=Severity.HIGH,
    why="The oldest Service decides how the pod's sidecar reads the port.",
    fix="Declare the same protocol at every Service port that leads there; `tcp` where several are spoken on it.",
    kinds=("Service",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every container port with more than one protocol."""
    for (workload, number), ports in _groups(exposed(context)).items():
        protocols = sorted({str(port.declared.protocol) for port, _ in ports})
        if len(protocols) < 2:
            continue
        names = joined([f"{p.service.ref.name}:{p.port.number} as {p.declared.protocol}" for p, _ in ports])
        message = f"port {number} is reached through {names}; the oldest Service decides"
        where = tuple(cite(RULE, port.service.object, port.field) for port, _ in ports)
        # Detection beside a declaration is the mildest case: whichever wins, the bytes are read alike.
        mild = str(Protocol.AUTO) in protocols and len(protocols) == 2
        yield finding(
            RULE, workload, message, where, outcome=Outcome.ADVICE if mild else Outcome.BLOCKED,
            severity=Severity.MEDIUM if mild else Severity.HIGH, detail=str(number),
        )  # fmt: skip


def _groups(ports: tuple[Exposed, ...]) -> Mapping[tuple[Ref, int], list[tuple[Exposed, Backend]]]:
    found: dict[tuple[Ref, int], list[tuple[Exposed, Backend]]] = defaultdict(list)
    for port in ports:
        for backend in port.backends:
            if backend.number and port.port.l4 == "TCP":
                found[backend.workload.ref, backend.number].append((port, backend))
    return {key: found[key] for key in sorted(found)}
