"""Pods on the node's network.

What it finds:
    Pod templates with `hostNetwork: true`.

Why it matters:
    Such a pod has no network namespace of its own, so the injector skips it and nothing can be
    captured. It stays a plaintext caller and callee for good: whatever it calls cannot become STRICT
    without an exception.

Blocked:
    spec:
      template:
        spec:
          hostNetwork: true

Ready:
    spec:
      template:
        spec:
          containers: [...]

How to fix:
    Leave it outside the mesh and keep the ports that it calls PERMISSIVE, or take it off the host network.

Source: istio/istio pkg/kube/inject/inject.go `injectRequired`.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP101",
    name="host-network-pod",
    title="The pod uses the node's network and can never have a proxy",
    severity=Severity.MEDIUM,
    why="It stays a plaintext caller: what it calls cannot become STRICT without an exception.",
    fix="Leave it outside the mesh and keep the ports that it calls PERMISSIVE, or take it off the host network.",
    kinds=WORKLOAD_KINDS,
    before=Before.STRICT,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload on the host network."""
    for workload in context.workloads:
        if workload.host_network:
            where = cite(RULE, workload.object, (*workload.template_path, "spec", "hostNetwork"))
            message = "uses the host network: never injected, always plaintext"
            yield finding(RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE)
