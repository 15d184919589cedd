"""Objects of Istio that are there already and would act on new members.

What it finds:
    PeerAuthentications that are STRICT or DISABLE, DestinationRules that force or forbid mutual TLS, Sidecars,
    VirtualServices for the mesh, AuthorizationPolicies and EnvoyFilters.

Why it matters:
    They do nothing while nobody has a sidecar, and all of it at once on the day when somebody does. A rule for
    `*.local` from an earlier attempt makes the first new sidecar insist on mutual TLS with everyone.

Blocked:
    kind: DestinationRule
    spec:
      host: "*.local"
      trafficPolicy:
        tls:
          mode: ISTIO_MUTUAL

Ready:
    kind: DestinationRule
    spec:
      host: cart.shop.svc.cluster.local
      trafficPolicy:
        connectionPool: {tcp: {maxConnections: 10}}

How to fix:
    Remove what is left over before the label; keep what is meant, and check it against the callers of that day.

Source: istio/istio pilot/pkg/networking/core (httproute.go, cluster_tls.go), pilot/pkg/model (push_context.go,
sidecar.go), pilot/pkg/security (authn/policy_applier.go, authz/model/model.go); istio.io
tasks/security/authentication/mtls-migration.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.mesh_objects import KINDS, Effect, effects
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP401",
    name="existing-mesh-object",
    title="An object of Istio is there already and would act on new members",
    severity=Severity.HIGH,
    why="It does nothing until somebody has a sidecar, and then all of it at once.",
    fix="Remove it before the label if it is left over; keep it if it is meant, and check it against today's callers.",
    kinds=KINDS,
    before=Before.LABEL,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every such object with what it would do, and to whom."""
    for obj in context.of_kind(*KINDS):
        for effect in effects(context, obj) if "istio.io" in obj.group else ():
            where = cite(RULE, obj, effect.path, effect.text)
            yield finding(
                RULE, obj.ref, effect.message, (where,),
                outcome=_outcome(effect), severity=effect.severity, detail=effect.detail, before=effect.before,
            )  # fmt: skip


def _outcome(effect: Effect) -> Outcome:
    if effect.severity is Severity.HIGH:
        return Outcome.BLOCKED
    return Outcome.UNKNOWN if effect.unclear else Outcome.ADVICE
