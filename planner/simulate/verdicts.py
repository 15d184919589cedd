"""The verdict of one flow at one moment, out of the calls that stand for it; the semantics are those of `planner.mesh`.

While pods change, several kinds of pod may call and be called; the worst of what may happen is told.
"""

from __future__ import annotations

from collections.abc import Iterable

from planner.mesh.call import Call, CallOutcome, judge
from planner.mesh.call_notes import CALL_NOTES
from planner.mesh.peers import Peer, Proxy
from planner.mesh.spoken import Carrier
from planner.mesh.view import MeshView
from planner.model.flow import Flow
from planner.model.verdict import VERDICTS, Verdict
from planner.simulate.calls import ANY_HOST, Circles, calls_of, refused_early, settled

_PLAIN = Verdict("plaintext", "no-client-proxy", CALL_NOTES["no-client-proxy"])
_PLAIN_TLS = Verdict("tls", "own-tls", f"the application encrypts by itself; {CALL_NOTES['own-tls']}")

LEARN = {
    "foreign-tls-passed": "ask the application's team, or call the port with `openssl s_client` from a pod",
    "tls-needs-server": "ask the application's team, or call the port with `openssl s_client` from a pod",
    "tls-in-tunnel": "ask the application's team, or call the port with `openssl s_client` from a pod",
    "policy-by-request": "compare the policy's paths, hosts and addresses with the requests of this caller",
    "host-not-known": "read the proxy's configuration, or watch the Host of its requests in its access log",
}
"""How the missing fact of a rule can be had."""


def verdict_of(flow: Flow, view: MeshView, around: Circles, guards: frozenset[str] | None) -> Verdict:
    """Say what happens to a flow at a moment.

    Args:
        flow: The flow.
        view: The mesh at this moment.
        around: The pods at this moment, and what else makes a call of a flow.
        guards: Rules that the flow is under today; None where today is asked for.
    """
    known = settled(flow)
    if known is not None:
        return known
    callers, pods = around.peers(flow)
    if not guards and not _in_mesh(callers, pods):
        return _PLAIN_TLS if around.lasting(flow).speaks is Carrier.TLS else _PLAIN
    calls = calls_of(flow, around, callers, pods)
    return worst(_one(flow, call, view, around, guards) for call in calls)


def _in_mesh(callers: tuple[Peer, ...], pods: tuple[Peer, ...]) -> bool:
    """Whether any proxy may have to do with a call; before a flow's ends join none has, and nothing need be asked."""
    return any(peer.proxy is not Proxy.NONE for peer in callers) or any(p.proxy is not Proxy.NONE for p in pods)


def guards_of(flow: Flow, view: MeshView, around: Circles) -> frozenset[str]:
    """Name the rules of the mesh that every call of a flow is under at a moment."""
    callers, pods = around.peers(flow)
    if settled(flow) is not None or not _in_mesh(callers, pods):
        return frozenset()
    return frozenset.intersection(*(judge(call, view).guards for call in calls_of(flow, around, callers, pods)))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of several verdicts; of equal ones the first."""
    return max(verdicts, key=lambda verdict: VERDICTS.index(verdict.verdict))


def _one(flow: Flow, call: Call, view: MeshView, around: Circles, guards: frozenset[str] | None) -> Verdict:
    refused = refused_early(flow, call.caller, around)
    if refused is not None:
        return refused
    outcome = judge(call, view)
    if call.host == ANY_HOST and outcome.outcome == "fail":
        return _host_not_known(flow)
    verdict = _of(call, outcome)
    lost = (guards or frozenset()) - outcome.guards
    if lost and verdict.works:
        reason = f"{', '.join(sorted(lost))} holds for this call today and would not any more"
        return Verdict("policy-lost", "policy-lost", reason)
    return verdict


def _host_not_known(flow: Flow) -> Verdict:
    missing = f"which Host {flow.source.text} sends to {flow.target.text}"
    reason = "the proxy sends a Host that is not one fixed name; one that no Service answers to would fail"
    return Verdict("unknown", "host-not-known", reason, missing, LEARN["host-not-known"])


def _of(call: Call, outcome: CallOutcome) -> Verdict:
    rule, reason = outcome.rule, outcome.reason
    if outcome.some_fail:
        return Verdict("broken", rule, f"some pods refuse the call: {reason}", by=outcome.source)
    if outcome.outcome == "fail":
        return Verdict("broken", rule, reason, by=outcome.source)
    if outcome.outcome == "conditional":
        return Verdict("unknown", rule, reason, outcome.missing, LEARN.get(rule, ""), outcome.source)
    if call.unseen:
        rule, reason = call.unseen, CALL_NOTES[call.unseen]
    if outcome.encrypted in ("mtls", "hbone"):
        return Verdict(outcome.encrypted, rule, reason, by=outcome.source)
    if outcome.encrypted == "tls":
        return Verdict("tls", rule, f"the application encrypts by itself; {reason}")
    if outcome.encrypted == "partial":
        return Verdict("plaintext", rule, "some pods have a proxy and some do not; to those without it is plaintext")
    in_mesh = call.caller is not None and call.caller.proxy.is_sidecar
    return Verdict("bypass" if in_mesh and not outcome.seen else "plaintext", rule, reason)
