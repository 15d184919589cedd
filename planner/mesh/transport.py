"""What happens to one call between two peers: does it get through, and is it encrypted.

Three questions, answered in turn for every kind of pod behind the callee: what does the caller's side put on
the wire, what does the pod do with that, and what do both together mean for the call.

Source: istio/istio pilot/pkg/networking/core (cluster_tls.go, cluster.go, filterchain_options.go),
pilot/pkg/xds/endpoints/mtls_checker.go, pilot/pkg/model/push_context.go; for ambient
pilot/pkg/serviceregistry/ambient/authorization.go and istio/ztunnel. Read in code, not tried on a cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.transport_kinds import CalleeKind, CallerKind, Circumstances, Mode, TlsMode, pods_of
from planner.mesh.transport_notes import NOTES
from planner.mesh.transport_pod import Reception, receive
from planner.mesh.transport_wire import Sent, sent_to

__all__ = ["CalleeKind", "CallerKind", "Circumstances", "Mode", "Outcome", "TlsMode", "outcome"]

_ROUTING = {CallerKind.SIDECAR: "yes", CallerKind.GATEWAY: "gateway_only"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to a call.

    Attributes:
        outcome: `ok` (every request), `fail` (every request), or `conditional`.
        encrypted: Of the requests that succeed: `mtls`, `hbone`, `tls` (not the mesh's), `partial`, `no`;
            `na` where none does. The application itself is taken to send plaintext, except for `none_tls`.
        routing: Whether VirtualServices of the caller's side apply: `yes`, `gateway_only`, `waypoint` or `no`.
        note_key: Key of `transport_notes.NOTES` for the rule that decided.
        missing: For `conditional`, the fact that would decide; otherwise empty.
    """

    outcome: str
    encrypted: str
    routing: str
    note_key: str
    missing: str = ""

    @property
    def reason(self) -> str:
        """The rule that decided, in one sentence for a person."""
        return NOTES[self.note_key]


def outcome(
    caller: CallerKind,
    callee: CalleeKind,
    peer_authentication: Mode,
    destination_rule_tls: TlsMode = TlsMode.UNSET,
    circumstances: Circumstances | None = None,
) -> Outcome:
    """Tell what happens to a call.

    Args:
        caller: Who sends.
        callee: Who receives; `mixed_*` is a Service of which some pods have a sidecar and some do not.
        peer_authentication: Effective mode at the receiving pod's port.
        destination_rule_tls: Mode left in the DestinationRule that the caller selects.
        circumstances: What else is known; each fact may turn `conditional` into an answer.
    """
    known = circumstances or Circumstances()
    routing = _routing(caller, callee)
    if caller is CallerKind.SIDECAR and known.app_speaks_tls and known.port_class == "http":
        caller = CallerKind.PASSTHROUGH  # a listener for HTTP lets other bytes fall through
    if caller is CallerKind.PASSTHROUGH and known.registry_only:
        return Outcome("fail", "na", routing, "registry-only")
    pairs = []
    for pod in pods_of(callee):
        sent = sent_to(pod, caller, callee, peer_authentication, destination_rule_tls, known)
        pairs.append((sent, receive(pod, sent, peer_authentication, known)))
    return combine(pairs, routing)


def _routing(caller: CallerKind, callee: CalleeKind) -> str:
    if caller is CallerKind.AMBIENT and callee is CalleeKind.AMBIENT_WAYPOINT:
        return "waypoint"
    return _ROUTING.get(caller, "no")


def combine(pairs: list[tuple[Sent, Reception]], routing: str) -> Outcome:
    """Join what happens at each kind of pod that may be hit."""
    accepted = {reception.accepted for _, reception in pairs}
    if accepted == {False}:
        return Outcome("fail", "na", routing, pairs[0][1].note_key)
    wires = {sent.wire for sent, reception in pairs if reception.accepted is not False}
    encrypted = wires.pop().value if len(wires) == 1 else "partial"
    if accepted == {True}:
        return Outcome("ok", encrypted, routing, "per-endpoint" if encrypted == "partial" else pairs[0][0].note_key)
    return Outcome("conditional", encrypted, routing, *_condition(pairs))


def _condition(pairs: list[tuple[Sent, Reception]]) -> tuple[str, str]:
    """Give the rule and the missing facts of a call that may or may not work."""
    facts = dict.fromkeys(reception.missing for _, reception in pairs if reception.missing)
    if any(reception.accepted is False for _, reception in pairs):
        return "depends-on-pod", " and ".join(("which pod is hit", *facts))
    return next(reception.note_key for _, reception in pairs if reception.accepted is None), " and ".join(facts)
