"""Jobs whose pod would wait for ever beside a classic sidecar.

What it finds:
    Jobs, CronJobs and pods that are meant to end (Helm hooks are such Jobs), where the proxy is an ordinary
    container: native sidecars are switched off, too old, or not known to be there.

Why it matters:
    A classic proxy runs until it is killed, so the pod never completes. A CronJob with `concurrencyPolicy:
    Forbid` then never runs again, and a Helm release waits for its hook until it times out.

Blocked:
    kind: CronJob
    spec:
      jobTemplate:
        spec:
          template:
            metadata:
              annotations:
                sidecar.istio.io/nativeSidecar: "false"

Ready:
    kind: CronJob    # with Istio 1.27 or newer and every kubelet at 1.33 or newer

How to fix:
    Use native sidecars, or end the work with a call to the proxy's quit endpoint, or keep the pods out.

Source: istio/istio pilot/pkg/features, pkg/kube/inject/webhook.go DetectNativeSidecar, and
injection-template.yaml of the istio-discovery chart.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.native_sidecar import ANNOTATION, JobEnd, job_ends
from planner.mesh.webhooks import INJECT
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Workload

RULE = Rule(
    id="MP103",
    name="job-never-ends-with-sidecar",
    title="The pod is meant to end and a classic sidecar keeps it running",
    severity=Severity.HIGH,
    why="The Job never completes, and what waits for it waits for ever.",
    fix="Use native sidecars (Istio 1.27 with every kubelet at 1.33), or keep its pods out of the mesh.",
    kinds=WORKLOAD_KINDS,
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag everything that ends; say which of it ends only because its sidecar is native."""
    for workload in context.workloads:
        if not workload.ends or workload.host_network or _opted_out(workload):
            continue
        native = context.native(workload)
        end = job_ends("sidecar", native, quits=_quits(workload))
        where = cite(RULE, workload.object, _path(workload))
        outcome = {True: Outcome.READY, False: Outcome.BLOCKED, None: Outcome.UNKNOWN}[end.ends]
        fix = f"{end.fix[0].upper()}{end.fix[1:]}." if end.fix else ""
        severity = Severity.LOW if end.ends else Severity.HIGH
        message = _message(workload, end)
        yield finding(RULE, workload.ref, message, (where,), outcome=outcome, severity=severity, fix=fix)


def _message(workload: Workload, end: JobEnd) -> str:
    what = "is a Helm hook that" if _is_hook(workload) else "is a pod that" if workload.ref.kind == "Pod" else ""
    if end.ends:
        return f"{what} ends: {end.reason}".strip()
    if end.ends is None:
        return f"{what} may never end beside a sidecar: {end.reason}".strip()
    return f"{what} never ends: {end.reason}".strip()


def _is_hook(workload: Workload) -> bool:
    return "helm.sh/hook" in workload.object.annotations


def _path(workload: Workload) -> Path:
    if ANNOTATION in workload.annotations:
        return (*workload.template_path, "metadata", "annotations", ANNOTATION)
    return ("kind",)


def _opted_out(workload: Workload) -> bool:
    value = workload.labels.get(INJECT, workload.annotations.get(INJECT))
    return value == "false"


def _quits(workload: Workload) -> bool:
    return any("quitquitquit" in word for container in workload.containers for _, word in container.words)
