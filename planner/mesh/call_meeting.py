"""Where a call meets the pods behind its callee: what each kind of pod gets and does, and what that makes of the call.

Everything here hangs on a few values that many calls share, so answers are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from planner.mesh.call_sides import CallOutcome
from planner.mesh.peers import Proxy
from planner.mesh.protocol import Protocol
from planner.mesh.receiving import Door
from planner.mesh.spoken import ON_HTTP2, Carrier
from planner.mesh.transport import combine
from planner.mesh.transport_kinds import CalleeKind, CallerKind, Circumstances, Mode, Pod, TlsMode, Wire
from planner.mesh.transport_pod import Reception, receive
from planner.mesh.transport_wire import Sent, sent_to

PODS = {
    Proxy.NONE: Pod.BARE,
    Proxy.SIDECAR: Pod.SIDECAR,
    Proxy.OLD_SIDECAR: Pod.SIDECAR_NO_HBONE,
    Proxy.ZTUNNEL: Pod.ZTUNNEL,
    Proxy.GATEWAY: Pod.BARE,
}
"""What a pod is to a caller, by what handles its traffic."""

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a call is, as far as pods are concerned; few kinds of it make up even a large cluster."""

    kind: CallerKind
    tls: TlsMode
    source: str
    marked: TlsMode
    by_entry: bool
    headless: bool
    callee: CalleeKind
    speaks: Carrier | None
    server_first: bool
    auto_mtls: bool


Doors = tuple[tuple[Proxy, Door], ...]
Pairs = tuple[tuple[Sent, Reception], ...]


@lru_cache(_REMEMBERED)
def pairs_of(meeting: Meeting, doors: Doors) -> Pairs:
    """Say what each kind of pod gets and does; a Service without pods is taken for one without proxies."""
    return tuple(at_pod(meeting, PODS[proxy], at) for proxy, at in doors) or (at_pod(meeting, Pod.BARE, None),)


@lru_cache(_REMEMBERED)
def joined(meeting: Meeting, doors: Doors, pairs: Pairs, denied: str, guards: frozenset[str]) -> CallOutcome:
    """Join what happens at each kind of pod."""
    result = combine(list(pairs), "no")
    refused = [(sent, note) for sent, note in pairs if note.accepted is False]
    rule = refused[0][1].note_key if refused else result.note_key
    source = denied
    for (sent, reception), (_, at) in zip(pairs, doors, strict=False):
        if reception.accepted is False:
            source = source or _culprit(meeting.source, sent, reception, at)
    seen = meeting.kind in (CallerKind.SIDECAR, CallerKind.AMBIENT, CallerKind.GATEWAY)
    # Of mixed pods the worst is told: one without a proxy gets the call unseen.
    seen = seen or (bool(doors) and all(proxy not in (Proxy.NONE, Proxy.GATEWAY) for proxy, _ in doors))
    return CallOutcome(
        result.outcome, result.encrypted, rule, result.missing, source or source_of(meeting.source, rule), guards,
        seen, bool(refused) and result.outcome == "conditional",
    )  # fmt: skip


_BY_MODE = ("mtls-to-disabled", "server-first-waits", "strict-foreign-tls", "strict-plaintext", "ztunnel-strict")


def _culprit(rule: str, sent: Sent, reception: Reception, at: Door) -> str:
    """Name the object by which a pod and what arrives there do not fit: the rule of the sender, else the mode."""
    if sent.wire in (Wire.MTLS, Wire.FOREIGN_TLS) and rule and not sent.by_app:
        return rule
    return f"PeerAuthentication {at.source}" if at.source and reception.note_key in _BY_MODE else ""


def at_pod(meeting: Meeting, kind: Pod, at: Door | None) -> tuple[Sent, Reception]:
    """Judge a call at one kind of pod."""
    mode = at.mode if at is not None else Mode.PERMISSIVE
    tls = meeting.speaks is Carrier.TLS
    known = Circumstances(
        headless=meeting.headless,
        service_mode=at.service_mode if at is not None else None,
        auto_mtls=meeting.auto_mtls,
        port_class=at.protocol.data_path_class if at is not None else None,
        app_serves_tls=True if tls else None,
        app_speaks_tls=tls,
        marked=meeting.marked,
        by_entry=meeting.by_entry,
    )
    sent = sent_to(kind, meeting.kind, meeting.callee, mode, meeting.tls, known)
    if at is None or not kind.has_sidecar or not at.captured:
        # Bytes for a port that the proxy leaves out reach the application as they are.
        return sent, receive(kind if not kind.has_sidecar else Pod.BARE, sent, mode, known)
    reception = receive(kind, sent, mode, known)
    trouble = ""
    if reception.accepted is not False:
        trouble = _unreadable_coming_in(meeting.speaks, meeting.server_first, sent, at)
    return sent, Reception(False, trouble) if trouble else reception


def _unreadable_coming_in(speaks: Carrier | None, server_first: bool, sent: Sent, at: Door) -> str:
    """Name what the callee's proxy makes impossible by how it reads the bytes."""
    kind = at.protocol.data_path_class
    if kind == "http" and (speaks is Carrier.TCP or (speaks is Carrier.TLS and sent.wire is Wire.MTLS)):
        return "not-http-on-http-port"
    if at.protocol is Protocol.HTTP and speaks in ON_HTTP2:
        return "http2-on-http1-port"
    if not server_first or sent.wire is not Wire.PLAIN:
        return ""
    # PERMISSIVE looks for a TLS ClientHello first; without TLS only a port of unknown protocol is looked at.
    waits = at.mode is Mode.PERMISSIVE or kind == "auto"
    return "server-first-waits" if waits else ""


def source_of(decided_by: str, rule: str) -> str:
    """Give the DestinationRule of the caller's side where the rule is about what it sets, else an empty string."""
    by_rule = ("forced-mtls", "forced-plaintext", "tls-origination", "double-tls", "tls-needs-server", "waypoint-tls")
    return decided_by if rule in by_rule else ""
