"""What happens to one flow in one state of the mesh; the semantics are asked of `planner.mesh.transport`.

Not decided here yet, and so never claimed: DestinationRules, PeerAuthentications and NetworkPolicies that
exist already, and routes whose Host a proxy rewrites. A flow that hangs on such a fact is `unknown`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from planner.mesh.transport import CalleeKind, CallerKind, Mode, Outcome, outcome
from planner.model.flow import Flow
from planner.model.plan import Plan
from planner.model.refs import EXTERNAL, KUBELET, UNKNOWN, WILDCARD
from planner.plan.membership import Membership
from planner.simulate.state import MeshState, states

_OWN_TLS = ("https", "tls")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to one flow.

    Attributes:
        verdict: `mtls`, `tls`, `plaintext`, `bypass`, `broken` or `unknown`.
        rule: Key of the rule that decided.
        reason: The rule in words.
        missing: The fact that would decide, where the verdict is `unknown`.
    """

    verdict: str
    rule: str
    reason: str
    missing: str = ""


def judge(flow: Flow, state: MeshState) -> Verdict:
    """Say what happens to a flow in one state of the mesh."""
    special = _special(flow)
    if special:
        return special
    encrypts_itself = flow.protocol.startswith(_OWN_TLS)
    caller = _caller(flow, state, encrypts_itself)
    mode = Mode.STRICT if state.is_strict_for(flow) else Mode.PERMISSIVE
    result = _outcome(caller, _callee(flow, state), mode)
    if result.outcome == "fail":
        return Verdict("broken", result.note_key, result.reason)
    if result.encrypted in ("mtls", "hbone"):
        return Verdict(result.encrypted, result.note_key, result.reason)
    if encrypts_itself:
        return Verdict("tls", result.note_key, "the application encrypts by itself")
    if result.outcome == "conditional":
        return Verdict("unknown", result.note_key, result.reason, result.missing)
    if result.encrypted == "partial":
        return Verdict("plaintext", result.note_key, "some of the pods behind the Service have no proxy")
    return Verdict("plaintext", result.note_key, result.reason)


@cache
def _outcome(caller: CallerKind, callee: CalleeKind, mode: Mode) -> Outcome:
    """Ask the mesh once for each kind of call."""
    return outcome(caller, callee, mode)


def _special(flow: Flow) -> Verdict | None:
    if flow.target.kind == UNKNOWN:
        return Verdict("unknown", "target", "nothing that was read answers to the address", flow.target.name)
    if flow.target.kind == WILDCARD:
        return Verdict("unknown", "wildcard", "the callees are every endpoint", "the endpoints that it reaches")
    if flow.source == KUBELET:
        return Verdict("bypass", "probe-rewrite", "the agent answers probes in the application's stead")
    if flow.declared == "UDP" or flow.protocol.startswith("udp"):
        return Verdict("bypass", "udp", "UDP is never captured")
    return None


def _caller(flow: Flow, state: MeshState, encrypts_itself: bool) -> CallerKind:
    outside = flow.source.kind == EXTERNAL or flow.source.is_control_plane
    if not outside and state.injected(flow.source):
        return CallerKind.SIDECAR
    return CallerKind.NONE_TLS if encrypts_itself else CallerKind.NONE


def _callee(flow: Flow, state: MeshState) -> CalleeKind:
    if flow.target.kind == EXTERNAL or flow.target.is_control_plane:
        return CalleeKind.EXTERNAL
    pods = flow.to_workloads or ((flow.target,) if flow.target.is_workload else ())
    proxied = [state.injected(ref) for ref in pods]
    if not any(proxied):
        return CalleeKind.NONE
    return CalleeKind.SIDECAR if all(proxied) else CalleeKind.MIXED_CLUSTERIP


def counts(plan: Plan, flows: Iterable[Flow], membership: Membership) -> dict[int, dict[str, int]]:
    """Count the verdicts of every phase, by phase index, sorted by name."""
    flows = tuple(flows)
    found: dict[int, dict[str, int]] = {}
    for phase, state in states(plan, membership):
        counter = Counter(judge(flow, state).verdict for flow in flows)
        found[phase.index] = dict(sorted(counter.items()))
    return found
