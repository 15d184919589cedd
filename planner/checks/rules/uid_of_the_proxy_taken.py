"""Programs that run as the user of the proxy.

What it finds:
    `runAsUser` or `runAsGroup` 1337, at the pod or at a container. A user that is baked into the image cannot
    be seen. Init containers are left out: there it is the known way past a proxy that does not run yet.

Why it matters:
    Traffic of that user is never redirected, or it would circle. What such a program sends goes past its own
    proxy: without mutual TLS, without routing, and refused by a STRICT callee.

Blocked:
    securityContext:
      runAsUser: 1337

Ready:
    securityContext:
      runAsUser: 1000

How to fix:
    Give the program another user and group.

Source: istio/istio tools/istio-iptables/pkg/capture/run.go, pkg/kube/inject/inject.go, analyzer IST0144
(pkg/config/analysis/msg/messages.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.init_containers import PROXY_UID
from planner.model.fields import Path, int_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP104",
    name="uid-of-the-proxy-taken",
    title="The program runs as user 1337, which belongs to the proxy",
    severity=Severity.HIGH,
    why="Its traffic passes the proxy by.",
    fix="Run it as another user and group than 1337.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_FIELDS = ("runAsUser", "runAsGroup")


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload of which a running container has the proxy's user or group."""
    for workload in context.workloads:
        if workload.host_network:
            continue
        found = tuple(_places(workload))
        if found:
            names = " and ".join(dict.fromkeys(str(path[-1]) for path in found))
            message = f"runs with {names} {PROXY_UID}, so its traffic passes the proxy by"
            where = tuple(cite(RULE, workload.object, path, str(PROXY_UID)) for path in found)
            yield finding(RULE, workload.ref, message, where, outcome=Outcome.BLOCKED)


def _places(workload: Workload) -> Iterator[Path]:
    pod: Path = (*workload.template_path, "spec")
    for field in _FIELDS:
        if int_at(workload.pod_spec, "securityContext", field) == PROXY_UID:
            yield (*pod, "securityContext", field)
        for container in workload.containers:
            own = int_at(container.raw, "securityContext", field)
            if own == PROXY_UID and (container.sidecar or not container.init):
                yield (*container.path, "securityContext", field)
