"""Programs that listen on a port which the sidecar needs.

What it finds:
    Container ports, `--port`-like arguments, `PORT`-like variables and scrape annotations that name a port of
    the sidecar; as mere advice also ports of Istio's control plane, which clash with nothing in a pod.

Why it matters:
    Both live in one network namespace. Whoever comes second cannot bind: the program or the proxy dies.

Blocked:
    ports:
      - name: metrics
        containerPort: 15020

Ready:
    ports:
      - name: metrics
        containerPort: 9102

How to fix:
    Let the program listen on another port, and change its Service and its scrape annotation with it.

Source: istio.io ops/deployment/application-requirements; istio/istio pilot/pkg/model/context.go
conflictWithReservedListener.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.listening import Listening, listening
from planner.checks.ports import container_ports
from planner.mesh.reserved_ports import CONTROL_PLANE_PORTS, reserved
from planner.model.fields import Path, int_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP105",
    name="reserved-port-taken",
    title="The program listens on a port of the sidecar",
    severity=Severity.HIGH,
    why="Program and proxy share one network namespace, so one of them cannot bind.",
    fix="Let the program listen on another port, and change Service and scrape annotation with it.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_SCRAPE = "prometheus.io/port"


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload and port once, with all the places that name the port."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        for port, places in sorted(_numbers(workload).items()):
            where = tuple(cite(RULE, workload.object, path, str(port)) for path in places)
            owner = reserved(port)
            if owner:
                message = f"uses port {port}, which the sidecar needs ({owner})"
                yield finding(RULE, workload.ref, message, where, detail=str(port))
            elif port > 15000 and port in CONTROL_PLANE_PORTS:
                message = (
                    f"uses port {port}, which Istio lists for {CONTROL_PLANE_PORTS[port]}; it clashes with nothing here"
                )
                yield finding(
                    RULE, workload.ref, message, where,
                    outcome=Outcome.ADVICE, severity=Severity.LOW, detail=str(port), before=Before.ANY,
                )  # fmt: skip


def _numbers(workload: Workload) -> dict[int, list[Path]]:
    found: dict[int, list[Path]] = defaultdict(list)
    for _, path, raw in container_ports(workload):
        number = int_at(raw, "containerPort")
        if number is not None and text_at(raw, "protocol") in ("", "TCP"):
            found[number].append((*path, "containerPort"))
    for seen in listening(workload):
        _add(found, seen)
    scraped = int_at(workload.annotations, _SCRAPE)
    # With the port itself free the annotation is Istio's own merged endpoint, which is no clash.
    if scraped in found:
        found[scraped].append((*workload.template_path, "metadata", "annotations", _SCRAPE))
    return found


def _add(found: dict[int, list[Path]], seen: Listening) -> None:
    if seen.port is not None:
        found[seen.port].append(seen.path)
