"""Ports that the node itself offers.

What it finds:
    Containers with a `hostPort`, in pods that are not on the host network.

Why it matters:
    Who calls the node's port comes from outside the mesh and speaks plaintext. STRICT refuses it.

Blocked:
    ports:
      - containerPort: 8080
        hostPort: 80

Ready:
    ports:
      - containerPort: 8080

How to fix:
    Take the port off the node, or except the container port from STRICT by `portLevelMtls`.

Source: istio/istio pilot/pkg/networking/core/filterchain_options.go (STRICT takes mutual TLS only).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import container_ports
from planner.checks.words import joined
from planner.model.fields import int_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP306",
    name="host-port-traffic",
    title="The node's own port leads to the pod, in plaintext from outside",
    severity=Severity.MEDIUM,
    why="STRICT refuses these callers.",
    fix="Take the port off the node, or except the container port from STRICT by `portLevelMtls`.",
    kinds=WORKLOAD_KINDS,
    before=Before.STRICT,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload with such ports once."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        found = [(path, raw) for _, path, raw in container_ports(workload) if int_at(raw, "hostPort")]
        if found:
            numbers = joined([str(int_at(raw, "hostPort")) for _, raw in found])
            message = f"is reached through the node's own port {numbers}, in plaintext"
            where = tuple(cite(RULE, workload.object, (*path, "hostPort")) for path, _ in found)
            yield finding(RULE, workload.ref, message, where, outcome=Outcome.ADVICE)
