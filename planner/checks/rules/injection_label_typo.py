"""Labels that ask for a sidecar and do not get one.

What it finds:
    Misspelt values, two labels that contradict each other, an annotation where a label is needed, a label on the
    Deployment instead of its template, and keys that look like `istio-injection`.

Why it matters:
    Nothing complains. `istio-injection: enable` silently turns injection off, and the namespace looks as if
    it were in the mesh.

Blocked:
    kind: Namespace
    metadata:
      labels:
        istio-injection: enable

Ready:
    kind: Namespace
    metadata:
      labels:
        istio-injection: enabled

How to fix:
    Correct the label, or remove it until the namespace's own phase.

Source: istio/istio mutatingwebhook.yaml of the istio-discovery chart, pkg/kube/inject/inject.go, analyzers IST0107 and
IST0123 (pkg/config/analysis/msg/messages.yaml).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.injection_labels import DATAPLANE_MODE, label_problems
from planner.mesh.webhooks import INJECT, INJECTION, REVISION
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP115",
    name="injection-label-typo",
    title="A label that asks for injection has no effect or the wrong one",
    severity=Severity.HIGH,
    why="No pod gets a sidecar and no tool complains.",
    fix="Correct the label, or remove it until the namespace's own phase.",
    kinds=("Namespace", *WORKLOAD_KINDS),
    before=Before.LABEL,
)

_KEYS = (INJECTION, REVISION, INJECT, DATAPLANE_MODE)


def check(context: Context) -> Iterator[Finding]:
    """Flag namespaces, then pod templates."""
    for namespace in context.of_kind("Namespace"):
        problems = (*label_problems(namespace.labels, {}, {}, context.installed), *_strange(namespace))
        for problem in problems:
            where = cite(RULE, namespace, _place(problem, namespace, ("metadata", "labels")))
            yield finding(
                RULE,
                namespace.ref,
                f"label {problem}".replace("label label", "label"),
                (where,),
                detail=_detail(problem),
            )
    for workload in context.workloads:
        yield from _of_pods(context, workload)


def _of_pods(context: Context, workload: Workload) -> Iterator[Finding]:
    labels = context.namespace_labels(workload.ref.namespace)
    alone = label_problems(labels, {}, {}, context.installed)
    problems = label_problems(labels, workload.labels, workload.annotations, context.installed)
    for problem in problems:
        if problem in alone:
            continue
        kind = "annotations" if problem.startswith("annotation") else "labels"
        path: Path = (*workload.template_path, "metadata", kind, REVISION if REVISION in problem else INJECT)
        where = cite(RULE, workload.object, path)
        yield finding(
            RULE, workload.ref, problem, (where,),
            outcome=Outcome.ADVICE, severity=Severity.MEDIUM, detail=f"{kind}:{path[-1]}",
        )  # fmt: skip
    yield from _misplaced(workload)


def _misplaced(workload: Workload) -> Iterator[Finding]:
    """Flag the label on the workload itself, where no injector looks."""
    if workload.ref.kind == "Pod" or INJECT in workload.labels or INJECT in workload.annotations:
        return
    for kind, values in (("labels", workload.object.labels), ("annotations", workload.object.annotations)):
        if INJECT in values:
            where = cite(RULE, workload.object, ("metadata", kind, INJECT), values[INJECT])
            label = f"{kind[:-1]} {INJECT}={values[INJECT]}"
            message = f"{label} stands on the {workload.ref.kind}, not on its pod template; it has no effect"
            yield finding(
                RULE, workload.ref, message, (where,),
                outcome=Outcome.ADVICE, severity=Severity.MEDIUM, detail=f"own {kind}",
            )  # fmt: skip


def _strange(namespace: KubeObject) -> Iterator[str]:
    for key in sorted(namespace.labels):
        if key not in _KEYS and difflib.SequenceMatcher(None, key, INJECTION).ratio() > 0.85:
            yield f"{key} is not {INJECTION}; it has no effect"
        if key == INJECT:
            yield f"{key} has no effect on a namespace; it belongs on pods"
    if INJECTION in namespace.annotations:
        yield f"{INJECTION} stands among the annotations; it has no effect there"


def _place(problem: str, namespace: KubeObject, path: Path) -> Path:
    word = problem.removeprefix("label ").partition("=")[0].partition(" ")[0]
    return (*path, word) if word in namespace.labels else ("metadata", "annotations", word)


def _detail(problem: str) -> str:
    return problem.partition("=")[0].partition(" ")[0]
