"""Pods whose programs may change the network that the proxy relies on.

What it finds:
    Containers that are privileged or have the capabilities NET_ADMIN, NET_RAW or SYS_ADMIN (or all).

Why it matters:
    Such a program can see or change the rules that lead traffic to the proxy: agents, VPN clients and packet
    filters in a pod often do. What it sends may pass the proxy by.

Blocked:
    securityContext:
      capabilities:
        add: [NET_ADMIN]

Ready:
    securityContext:
      capabilities:
        drop: [ALL]

How to fix:
    Ask what it needs the right for; if it touches routes or packet filters, leave it out of the mesh.

Source: istio/istio injection-template.yaml of the istio-discovery chart (what the proxy's own init container sets up);
Kubernetes Pod Security Standards.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import joined
from planner.model.fields import Path, dig, list_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP120",
    name="changes-the-network",
    title="A program may change the network that the proxy relies on",
    severity=Severity.LOW,
    why="What it sends may pass the proxy by.",
    fix="Ask what it needs the right for; if it touches routes or packet filters, leave it out of the mesh.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_STRONG = ("ALL", "NET_ADMIN", "NET_RAW", "SYS_ADMIN")


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload with such a container; one on the host network gets no proxy anyway."""
    for workload in context.workloads:
        found = [] if workload.host_network else list(_rights(workload))
        if found:
            names = joined(sorted({name for _, name in found}))
            where = tuple(cite(RULE, workload.object, path, name) for path, name in found)
            message = f"has the right to change its network ({names})"
            yield finding(RULE, workload.ref, message, where, outcome=Outcome.ADVICE, confidence=0.6)


def _rights(workload: Workload) -> Iterator[tuple[Path, str]]:
    for container in workload.containers:
        path: Path = (*container.path, "securityContext")
        if dig(container.raw, "securityContext", "privileged") is True:
            yield (*path, "privileged"), "privileged"
        for index, name in enumerate(list_at(container.raw, "securityContext", "capabilities", "add")):
            plain = str(name).upper().removeprefix("CAP_")
            if plain in _STRONG:
                yield (*path, "capabilities", "add", index), plain
