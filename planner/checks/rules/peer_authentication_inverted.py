"""A workload that is STRICT in a namespace that says DISABLE.

What it finds:
    PeerAuthentications for single workloads that are STRICT while the one of the namespace or the mesh turns mutual
    TLS off.

Why it matters:
    Callers read only the namespace and the mesh, see DISABLE, and send plaintext to a workload that refuses it. Every
    call from a sidecar fails.

Blocked:
    kind: PeerAuthentication       # selector: app=ledger, STRICT; beside one of the namespace with DISABLE

Ready:
    kind: PeerAuthentication       # the namespace is STRICT or PERMISSIVE, the exceptions are DISABLE

How to fix:
    Set the stricter mode on the namespace and DISABLE on the exceptions, never the other way round.

Source: istio/istio pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode,
pilot/pkg/security/authn/policy_applier.go ComposePeerAuthentication.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.mesh.peer_authentication import effective, misled, service_mode
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Evidence
from planner.model.objects import KubeObject

RULE = Rule(
    id="MP405",
    name="peer-authentication-inverted",
    title="The workload is STRICT and its namespace says DISABLE",
    severity=Severity.HIGH,
    why="Callers see DISABLE, send plaintext, and are refused.",
    fix="Set the stricter mode on the namespace and DISABLE on the exceptions, never the other way round.",
    kinds=("PeerAuthentication",),
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every workload that such a pair of objects would cut off."""
    objects = context.of_kind("PeerAuthentication")
    if not objects:
        return
    raws = [obj.raw for obj in objects]
    named = {f"{obj.ref.namespace}/{obj.ref.name}": obj for obj in objects}
    root = context.settings.root_namespace
    for workload in context.inventory.workloads:
        whole = service_mode(raws, workload.ref.namespace, root)
        own = effective(raws, workload.ref.namespace, workload.labels, None, root)
        reason = misled(whole, own)
        if reason:
            where = tuple(_cite(named[name]) for name in (own.source, whole.source) if name in named)
            message = f"would be unreachable: {reason.partition(';')[0]}"
            yield finding(RULE, workload.ref, message, where, outcome=Outcome.BLOCKED)


def _cite(obj: KubeObject) -> Evidence:
    return cite(RULE, obj, ("spec", "mtls", "mode"))
