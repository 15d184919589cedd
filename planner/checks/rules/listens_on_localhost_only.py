"""Programs that listen on the loopback interface only.

What it finds:
    Arguments and variables that bind a declared or served port to `127.0.0.1` or `localhost`.

Why it matters:
    Since Istio 1.10 the proxy hands inbound traffic to the pod's address, where such a program does not listen:
    connections are refused. A port that only another container of the pod asks is left out.

Blocked:
    args: [--listen=127.0.0.1:8080]
    ports:
      - containerPort: 8080

Ready:
    args: [--listen=0.0.0.0:8080]

How to fix:
    Bind to `0.0.0.0`, or declare a Sidecar ingress listener with `defaultEndpoint: 127.0.0.1:<port>`.

Source: istio.io upgrade notes of 1.10, ops/deployment/application-requirements.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.listening import Listening, listening
from planner.checks.ports import backend
from planner.model.fields import int_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP114",
    name="listens-on-localhost-only",
    title="The program listens on localhost, where the proxy does not deliver",
    severity=Severity.MEDIUM,
    why="Since Istio 1.10 inbound traffic is handed to the pod's address.",
    fix="Bind to 0.0.0.0, or declare a Sidecar ingress listener with `defaultEndpoint: 127.0.0.1:<port>`.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every port that others are meant to reach and that is bound to the loopback interface."""
    if not context.istio.at_least(1, 10):
        return
    for workload in context.workloads:
        if workload.host_network:
            continue
        served = _served(context, workload)
        for seen in listening(workload):
            port = _meant(seen, served)
            if seen.local and port is not None:
                message = f"container {seen.container.name} binds port {port} to localhost ({seen.text})"
                where = cite(RULE, workload.object, seen.path, seen.text)
                yield finding(
                    RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE, confidence=0.7, detail=str(port)
                )


def _served(context: Context, workload: Workload) -> frozenset[int]:
    ports = (port for service in context.inventory.in_front_of(workload) for port in service.ports)
    return frozenset(number for port in ports if (number := backend(workload, port).number) is not None)


def _meant(seen: Listening, served: frozenset[int]) -> int | None:
    """Give the port if others are meant to reach it: a Service leads to it, or its own container declares it."""
    own = {number for raw in seen.container.ports if (number := int_at(raw, "containerPort")) is not None}
    if seen.port is None:
        reachable = own & served or own
        return min(reachable) if len(reachable) == 1 else None
    return seen.port if seen.port in served | own else None
