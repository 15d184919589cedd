"""Probes that name a port which their own container does not declare.

What it finds:
    `httpGet`, `tcpSocket` and `grpc` probes and lifecycle hooks with a port name that is not a container port
    of the same container.

Why it matters:
    The injector sends probes through the proxy's agent. It looks the name up in the same container; where it
    is missing the probe is rewritten but leads nowhere, and the pod never becomes ready.

Blocked:
    ports:
      - name: http
        containerPort: 8080
    readinessProbe:
      httpGet:
        port: web

Ready:
    readinessProbe:
      httpGet:
        port: http

How to fix:
    Name a port that the container declares, or give the number.

Source: istio/istio pkg/kube/inject/app_probe.go, pilot/cmd/pilot-agent/status/server.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.fields import Path, text_at
from planner.model.finding import Before, Finding, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Container

RULE = Rule(
    id="MP110",
    name="probe-port-unresolved",
    title="A probe names a port that its container does not declare",
    severity=Severity.HIGH,
    why="The rewritten probe leads nowhere and the pod never becomes ready.",
    fix="Name a port that the same container declares, or give its number.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_HOLDERS: tuple[tuple[str, ...], ...] = (
    ("readinessProbe",),
    ("livenessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)
_ACTIONS = ("httpGet", "tcpSocket", "grpc")


def check(context: Context) -> Iterator[Finding]:
    """Flag every container with such a probe, each name once."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        for container in workload.containers:
            lost = _unresolved(container)
            for name in sorted({name for name, _ in lost}):
                where = tuple(cite(RULE, workload.object, path, name) for found, path in lost if found == name)
                message = f"container {container.name} has a probe on port {name}, which it does not declare"
                yield finding(RULE, workload.ref, message, where, detail=f"{container.name}:{name}")


def _unresolved(container: Container) -> list[tuple[str, Path]]:
    known = {text_at(port, "name") for port in container.ports}
    found = []
    for holder in _HOLDERS:
        for action in _ACTIONS:
            name = text_at(container.raw, *holder, action, "port")
            if name and not name.isdigit() and name not in known:
                found.append((name, (*container.path, *holder, action, "port")))
    return found
