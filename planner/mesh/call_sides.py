"""What a call comes to, and what its caller's side does: the two ends of judging a call."""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.call_notes import CALL_NOTES
from planner.mesh.outbound import Routed, Way
from planner.mesh.transport_kinds import CallerKind, TlsMode
from planner.mesh.view import MeshView


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What happens to a call.

    Attributes:
        outcome: `ok` (every time), `fail` (every time), or `conditional`.
        encrypted: Of the calls that succeed: `mtls`, `hbone`, `tls` (not the mesh's), `partial`, `no`; `na` for none.
        rule: Key of `call_notes.CALL_NOTES`.
        missing: For `conditional`, the fact that would decide.
        source: The object that decides, `kind namespace/name`, or an empty string.
        some_fail: Some of the pods refuse the call for certain, and others take it.
        guards: Objects whose rules the call is under (`VirtualService …`, `AuthorizationPolicy …`).
        seen: Whether any proxy sees the call.
    """

    outcome: str
    encrypted: str
    rule: str
    missing: str = ""
    source: str = ""
    guards: frozenset[str] = frozenset()
    seen: bool = True
    some_fail: bool = False

    @property
    def reason(self) -> str:
        """The rule that decided, in one sentence for a person."""
        because = f" ({self.source})" if self.source else ""
        return CALL_NOTES[self.rule] + because


@dataclass(frozen=True, slots=True)
class Sending:
    """The caller's side of a call."""

    kind: CallerKind
    tls: TlsMode = TlsMode.UNSET
    source: str = ""
    routed: Routed | None = None
    marked: TlsMode = TlsMode.UNSET

    @property
    def through_entry(self) -> bool:
        """Whether a ServiceEntry's rules hold."""
        return self.routed is not None and self.routed.way is Way.ENTRY


def rules_host(routed: Routed, view: MeshView) -> str:
    """Give the host whose VirtualService and DestinationRules hold."""
    entry = routed.entry.host if routed.entry else ""
    return routed.led_by or (view.host_of(routed.service) if routed.service else entry)
