"""Settings of a sidecar on pods that have none yet.

What it finds:
    Annotations of the pod template that begin with `traffic.sidecar.istio.io/`, `sidecar.istio.io/`,
    `proxy.istio.io/` or `inject.istio.io/`, other than those that ask for injection or refuse it.

Why it matters:
    They wait for the first sidecar and then all take effect: ports that are left out of redirection stay plaintext,
    resources of the proxy change, another template is injected.

Blocked:
    annotations:
      traffic.sidecar.istio.io/excludeOutboundPorts: "5432"

Ready:
    annotations:
      prometheus.io/scrape: "true"

How to fix:
    Check that each is still meant, and remove what is left over from an earlier attempt.

Source: istio/istio injection-template.yaml of the istio-discovery chart, tools/istio-iptables/pkg/capture/run.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import joined
from planner.mesh.webhooks import INJECT
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP121",
    name="sidecar-settings-present",
    title="Settings of a sidecar wait for the first one",
    severity=Severity.LOW,
    why="They take effect all at once with the first restart.",
    fix="Check that each is still meant, and remove what is left over from an earlier attempt.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_PREFIXES = ("traffic.sidecar.istio.io/", "sidecar.istio.io/", "proxy.istio.io/", "inject.istio.io/")
_HOLES = "traffic.sidecar.istio.io/"
_NOT_SETTINGS = (INJECT, "sidecar.istio.io/status")


def check(context: Context) -> Iterator[Finding]:
    """Flag every pod template with such annotations once; holes in redirection weigh more."""
    for workload in context.workloads:
        found = _settings(workload)
        if not found:
            continue
        path: Path = (*workload.template_path, "metadata", "annotations")
        where = tuple(cite(RULE, workload.object, (*path, key), workload.annotations[key]) for key in found)
        holes = [key for key in found if key.startswith(_HOLES)]
        names = joined([f"{key.partition('/')[2]}={workload.annotations[key][:40]}" for key in holes or found])
        message = f"keeps part of its traffic away from the proxy ({names})" if holes else f"sets up a proxy ({names})"
        severity = Severity.MEDIUM if holes else Severity.LOW
        yield finding(RULE, workload.ref, message, where, outcome=Outcome.ADVICE, severity=severity)


def _settings(workload: Workload) -> list[str]:
    return sorted(key for key in workload.annotations if key.startswith(_PREFIXES) and key not in _NOT_SETTINGS)
