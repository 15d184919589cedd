"""Pods without the labels that name the application and its version.

What it finds:
    Pod templates without `app` or `version`. `app.kubernetes.io/name` and `app.kubernetes.io/version` count
    where Istio reads them; the finding is milder then.

Why it matters:
    Metrics, traces and the graph of the mesh name a workload by these labels, and a VirtualService tells
    versions apart by them. Without them the workload's own name and `latest` are used.

Blocked:
    template:
      metadata:
        labels:
          k8s-app: cart

Ready:
    template:
      metadata:
        labels:
          app: cart
          version: v1

How to fix:
    Add `app` and `version` to the pod template; never touch a selector, which cannot be changed.

Source: istio/istio pkg/kube/labels/labels.go, injection-template.yaml of the istio-discovery chart,
releasenotes/notes/58436.yaml; istio.io ops/deployment/application-requirements.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import joined
from planner.mesh.canonical_labels import NAME, VERSION
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP102",
    name="missing-app-version-labels",
    title="The pod template lacks the labels app or version",
    severity=Severity.MEDIUM,
    why="Telemetry falls back to other names, and versions cannot be told apart.",
    fix="Add `app` and `version` to the pod template in the same patch that restarts it; leave selectors alone.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)

_INSTEAD = {
    "app": (NAME, "service.istio.io/canonical-name"),
    "version": (VERSION, "service.istio.io/canonical-revision"),
}


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload that lacks one of the two labels."""
    for workload in context.workloads:
        missing = tuple(label for label in _INSTEAD if not workload.labels.get(label))
        if not missing:
            continue
        bare = [label for label in missing if not _instead(workload, label)]
        message = f"lacks {joined([f'the label {label}' for label in missing])}{_others(workload, missing)}"
        where = cite(RULE, workload.object, (*workload.template_path, "metadata", "labels"))
        severity = Severity.MEDIUM if len(bare) == len(_INSTEAD) else Severity.LOW
        yield finding(
            RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE, severity=severity, detail=",".join(missing)
        )


def _instead(workload: Workload, label: str) -> str:
    return next((other for other in _INSTEAD[label] if workload.labels.get(other)), "")


def _others(workload: Workload, missing: tuple[str, ...]) -> str:
    used = [other for label in missing if (other := _instead(workload, label))]
    return f"; Istio reads {joined(used)} instead" if used else ""
