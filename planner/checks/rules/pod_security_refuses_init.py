"""Namespaces whose Pod Security level refuses pods with a proxy.

What it finds:
    Namespaces that enforce `baseline` or `restricted`, weighed with Istio CNI, the Istio version and the seccomp
    profile of the pods.

Why it matters:
    Without Istio CNI the injector adds an init container that needs NET_ADMIN and NET_RAW. Admission refuses
    such pods: the old ones run on, no new one is created, and the next node drain takes the last one away.

Blocked:
    kind: Namespace          # without Istio CNI
    metadata:
      labels:
        pod-security.kubernetes.io/enforce: baseline

Ready:
    kind: Namespace
    metadata:
      labels:
        pod-security.kubernetes.io/enforce: privileged

How to fix:
    Install Istio CNI or use ambient mode; for `restricted` also give the pods a seccomp profile.

Source: Kubernetes Pod Security Standards; pod-security-admission check_seccompProfile_restricted.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.words import some
from planner.mesh.pod_security import ENFORCE, Admission, admission
from planner.model.fields import text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

RULE = Rule(
    id="MP112",
    name="pod-security-refuses-init",
    title="Pod Security admission refuses pods with a proxy",
    severity=Severity.HIGH,
    why="After the restart no pod is created any more.",
    fix="Install Istio CNI, use ambient mode, or lower the level of the namespace.",
    kinds=("Namespace",),
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every namespace with a level that some of its pods would not pass."""
    for namespace in context.of_kind("Namespace"):
        level = namespace.labels.get(ENFORCE)
        if not level or level == "privileged":
            continue
        answers = [(w, _ask(context, level, w)) for w in context.inventory.workloads_in(namespace.ref.name)]
        troubled = [(w.ref.name, answer) for w, answer in answers if answer.outcome != "ok" and not w.host_network]
        every = [answer for _, answer in troubled]
        if not answers:
            every = [admission(level, context.cni, context.istio)]
        worst = min(every, key=lambda answer: answer.outcome != "rejected", default=None)
        if worst and worst.outcome != "ok":
            yield _finding(namespace, level, worst, [name for name, _ in troubled])


def _ask(context: Context, level: str, workload: Workload) -> Admission:
    profile = text_at(workload.pod_spec, "securityContext", "seccompProfile", "type") or None
    return admission(level, context.cni, context.istio, pod_seccomp=profile)


def _finding(namespace: KubeObject, level: str, worst: Admission, names: list[str]) -> Finding:
    rejected = worst.outcome == "rejected"
    whom = f" ({some(names)})" if names else ""
    verb = "refuses" if rejected else "may refuse"
    where = cite(RULE, namespace, ("metadata", "labels", ENFORCE), level)
    fix = f"{worst.fix[0].upper()}{worst.fix[1:]}." if worst.fix else ""
    message = f"enforces {level}, which {verb} pods with a proxy{whom}: {worst.reason}"
    return finding(
        RULE, namespace.ref, message, (where,), outcome=Outcome.BLOCKED if rejected else Outcome.UNKNOWN, fix=fix
    )
