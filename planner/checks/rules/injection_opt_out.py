"""Workloads and namespaces that keep out of the mesh by their own word.

What it finds:
    `sidecar.istio.io/inject: "false"` on pods, `istio-injection: disabled` on namespaces, and `dataplane-mode: none`.

Why it matters:
    Somebody decided this, perhaps long ago. What stays out is a plaintext caller and callee, so the ports that it
    calls cannot become STRICT without an exception.

Blocked:
    template:
      metadata:
        labels:
          sidecar.istio.io/inject: "false"

Ready:
    template:
      metadata:
        labels:
          app: cart

How to fix:
    Ask why it is there; remove it in the workload's phase, or name it as an exception of STRICT.

Source: istio/istio mutatingwebhook.yaml of the istio-discovery chart, pkg/kube/inject/inject.go `injectRequired`,
cni/pkg/util/enablement_selector.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.checks.context import Context, cite, finding
from planner.mesh.injection_labels import DATAPLANE_MODE
from planner.mesh.webhooks import INJECT, INJECTION
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP116",
    name="injection-opt-out",
    title="A label or an annotation keeps it out of the mesh",
    severity=Severity.LOW,
    why="It stays a plaintext caller and callee.",
    fix="Ask its owner why it is there; remove it in its phase, or keep it as a named exception of STRICT.",
    kinds=("Namespace", *WORKLOAD_KINDS),
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every refusal."""
    for namespace in context.of_kind("Namespace"):
        for key, value in _refusals(namespace.labels, {INJECTION: "disabled", DATAPLANE_MODE: "none"}):
            where = cite(RULE, namespace, ("metadata", "labels", key), value)
            yield finding(
                RULE, namespace.ref, f"opts out of the mesh ({key}={value})", (where,),
                outcome=Outcome.ADVICE, severity=Severity.MEDIUM,
            )  # fmt: skip
    for workload in context.workloads:
        yield from _of_pods(workload)


def _of_pods(workload: Workload) -> Iterator[Finding]:
    base: Path = (*workload.template_path, "metadata")
    annotations = {} if INJECT in workload.labels else workload.annotations
    for kind, values in (("labels", workload.labels), ("annotations", annotations)):
        for key, value in _refusals(values, {INJECT: "false", DATAPLANE_MODE: "none"}):
            where = cite(RULE, workload.object, (*base, kind, key), value)
            message = f"opts out of the mesh ({kind[:-1]} {key}={value})"
            yield finding(RULE, workload.ref, message, (where,), outcome=Outcome.ADVICE)


def _refusals(values: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in wanted.items() if values.get(key) == value)
