"""Pods that do not ask the cluster's own DNS.

What it finds:
    `dnsPolicy: Default` and `dnsPolicy: None` on pods that would get a proxy.

Why it matters:
    The proxy lives in the same pod and looks for istiod by its Service name. With the node's resolver it does
    not find it, gets no configuration, and the pod never becomes ready.

Blocked:
    spec:
      dnsPolicy: Default

Ready:
    spec:
      dnsPolicy: ClusterFirst

How to fix:
    Use `ClusterFirst` and put what the node's resolver knew into `dnsConfig` or the cluster's DNS.

Source: istio/istio pkg/kube/inject/inject.go (a log line only); istio.io ops/deployment/application-requirements.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.model.fields import list_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP111",
    name="dns-policy-not-cluster-first",
    title="The pod does not resolve names of the cluster",
    severity=Severity.HIGH,
    why="The proxy cannot find istiod, so the pod never becomes ready.",
    fix="Set `dnsPolicy: ClusterFirst` and keep special resolvers in `dnsConfig`.",
    kinds=WORKLOAD_KINDS,
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every pod template with such a policy; own name servers may serve the cluster, so they are a question."""
    for workload in context.workloads:
        policy = text_at(workload.pod_spec, "dnsPolicy")
        if workload.host_network or policy not in ("Default", "None"):
            continue
        own = bool(list_at(workload.pod_spec, "dnsConfig", "nameservers")) and policy == "None"
        where = cite(RULE, workload.object, (*workload.template_path, "spec", "dnsPolicy"), policy)
        doubt = "; its own name servers may or may not know the cluster" if own else ""
        message = f"has dnsPolicy {policy}, so its proxy may not find istiod{doubt}"
        outcome = Outcome.UNKNOWN if own else Outcome.BLOCKED
        yield finding(RULE, workload.ref, message, (where,), outcome=outcome, confidence=0.6 if own else 1.0)
