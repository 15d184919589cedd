"""NetworkPolicies that leave the mesh's own traffic out.

What it finds:
    Pods that no NetworkPolicy lets reach istiod or DNS, though one restricts what they may reach; and, as advice,
    policies that restrict who may reach pods.

Why it matters:
    Without istiod a proxy gets neither configuration nor certificate, so no new pod becomes ready. Inbound rules
    keep working for the application, but metrics, health and ambient mode use ports of their own.

Blocked:
    spec:
      podSelector: {}
      policyTypes: [Egress]
      egress:
        - to: [{podSelector: {}}]

Ready:
    spec:
      podSelector: {}
      policyTypes: [Egress]
      egress:
        - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: istio-system}}}]
          ports: [{port: 15012}]
        - ports: [{port: 53, protocol: UDP}]

How to fix:
    Add egress to istiod on TCP 15012 and to DNS; let scrapers in on 15020, and ambient mode on 15008.

Source: istio.io ops/deployment/application-requirements (ports of the proxy and of istiod).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.network_policies import allows, applies, opens_everything, restricts
from planner.checks.words import some
from planner.model.fields import Path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

RULE = Rule(
    id="MP402",
    name="network-policy-blocks-mesh",
    title="A NetworkPolicy leaves the mesh's own traffic out",
    severity=Severity.HIGH,
    why="A proxy that cannot reach istiod never becomes ready.",
    fix="Add an egress rule to istiod in the mesh's root namespace on TCP 15012, and one to DNS on port 53.",
    kinds=("NetworkPolicy",),
    before=Before.LABEL,
)

_INGRESS_FIX = "Let scrapers in on TCP 15020; for ambient mode open TCP 15008 in both directions."
_ISTIOD, _DNS = 15012, 53


def check(context: Context) -> Iterator[Finding]:
    """Flag policies that restrict egress without istiod, then those that restrict ingress."""
    every = context.of_kind("NetworkPolicy")
    for policy in every:
        if restricts(policy, "Egress"):
            found = _egress(context, policy, every)
            if found:
                yield found
        if restricts(policy, "Ingress") and not opens_everything(policy, "ingress"):
            where = cite(RULE, policy, _place(policy, "ingress"))
            message = (
                "restricts who may reach its pods: metrics (15020) and ambient mode (15008) need a rule of their own"
            )
            yield finding(
                RULE, policy.ref, message, (where,), outcome=Outcome.ADVICE, severity=Severity.LOW,
                fix=_INGRESS_FIX, detail="ingress",
            )  # fmt: skip


def _egress(context: Context, policy: KubeObject, every: tuple[KubeObject, ...]) -> Finding | None:
    mine = [
        w for w in context.inventory.workloads_in(policy.ref.namespace) if applies(policy, w) and not w.host_network
    ]
    lost = {port: [w for w in mine if not _reaches(context, w, port, every)] for port in (_ISTIOD, _DNS)}
    if mine and not any(lost.values()):
        return None
    closed = [
        name
        for port, name in ((_ISTIOD, "istiod (15012)"), (_DNS, "DNS (53)"))
        if lost[port] or _shut(context, policy, port)
    ]
    if not closed:
        return None
    names = some(w.ref.name for w in (lost[_ISTIOD] or lost[_DNS]))
    whom = f"of {names}" if names else "of pods that it selects (none was read)"
    where = cite(RULE, policy, _place(policy, "egress"))
    message = f"does not let proxies {whom} reach {' and '.join(closed)}"
    sure = bool(names)
    return finding(
        RULE, policy.ref, message, (where,), outcome=Outcome.BLOCKED if sure else Outcome.ADVICE,
        severity=Severity.HIGH if sure else Severity.LOW, detail="egress",
    )  # fmt: skip


def _reaches(context: Context, workload: Workload, port: int, every: tuple[KubeObject, ...]) -> bool:
    """Policies add up: one that lets the pod out is enough."""
    same = [p for p in every if p.ref.namespace == workload.ref.namespace and applies(p, workload)]
    return any(_lets(context, policy, port) for policy in same if restricts(policy, "Egress"))


def _lets(context: Context, policy: KubeObject, port: int) -> bool:
    namespace = context.settings.root_namespace if port == _ISTIOD else "kube-system"
    known = {"kubernetes.io/metadata.name": namespace, **context.namespace_labels(namespace)}
    return allows(policy, port, "TCP" if port == _ISTIOD else "UDP", known)


def _shut(context: Context, policy: KubeObject, port: int) -> bool:
    mine = any(applies(policy, w) for w in context.inventory.workloads_in(policy.ref.namespace))
    return not mine and not _lets(context, policy, port)


def _place(policy: KubeObject, part: str) -> Path:
    spec = policy.raw.get("spec")
    return ("spec", part) if isinstance(spec, dict) and part in spec else ("spec", "policyTypes")
