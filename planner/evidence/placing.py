"""From a sighting to a callee: resolve, judge, and keep the reason where it is no flow."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.evidence.hosts import Meaning, Resolved, is_ip, is_two_words
from planner.evidence.sighting import Address, Form, Role, Sighting, brief
from planner.evidence.text import keys, noise
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.mesh.well_known import default_port, from_port, from_port_name
from planner.model.flow import Suppressed
from planner.model.refs import API_SERVER, SERVICE, Ref, unknown
from planner.model.services import Service

_METADATA = "169.254.169.254"
_DIALECT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Placed:
    """A sighting with its callee and its final confidence."""

    sighting: Sighting
    target: Ref
    port: int | None
    via: str = ""


def place(sighting: Sighting, world: World) -> Placed | Suppressed:
    """Resolve a sighting, or say why it is no flow."""
    target = sighting.target
    if isinstance(target, Ref):
        return _known(sighting, target, world)
    if sighting.suppressed or sighting.source is None:
        return _suppressed(sighting, sighting.suppressed or "belongs to no workload")
    resolved = world.hosts.resolve(target.host, sighting.namespace or sighting.source.namespace)
    if resolved.meaning is Meaning.SELF:
        return _suppressed(sighting, "the pod itself")
    if resolved.meaning is Meaning.NOT_A_HOST:
        return _suppressed(sighting, "a pattern of hosts" if "*" in target.host else "not a host name")
    reason, marks = _judge(sighting, target, resolved, world)
    if reason:
        return _suppressed(sighting, reason)
    port = _port(target, resolved)
    if resolved.service and port and resolved.service.port(port) is None and resolved.service.ports:
        marks = (*marks, confidence.OTHER_PORT)
    if confidence.OUTSIDE in marks and confidence.CUSTOM_INSIDE.name in sighting.evidence.grounds:
        marks = (*marks, confidence.CALLER_UNREAD)
    evidence = confidence.marked(sighting.evidence, *marks)
    return Placed(replace(sighting, evidence=evidence), resolved.ref, port, resolved.via)


def _known(sighting: Sighting, target: Ref, world: World) -> Placed | Suppressed:
    if sighting.suppressed or sighting.source is None:
        return _suppressed(sighting, sighting.suppressed or "belongs to no workload")
    if target.kind == SERVICE:
        if (target.namespace, target.name) == ("default", "kubernetes"):
            return Placed(sighting, API_SERVER, sighting.port)
        if world.inventory.service(target.namespace, target.name) is None:
            evidence = confidence.marked(sighting.evidence, confidence.MISSING)
            return Placed(replace(sighting, evidence=evidence), unknown(target.text), sighting.port)
    return Placed(sighting, target, sighting.port, sighting.via)


def _suppressed(sighting: Sighting, reason: str) -> Suppressed:
    target = sighting.target
    text = brief(target.text) if isinstance(target, Address) else target.text
    return Suppressed(sighting.source, text[:200], reason, sighting.evidence)


_Judged = tuple[str, tuple[Ground, ...]]
"""Why it is no flow, or the marks on its evidence."""


def _judge(sighting: Sighting, address: Address, resolved: Resolved, world: World) -> _Judged:
    """Say why an address is no flow, or what makes it more or less likely."""
    if resolved.meaning is Meaning.API_SERVER:
        return "", ()
    if resolved.meaning is Meaning.SERVICE and resolved.service:
        return "", _inside(sighting, address, resolved.service, world)
    served_here = address.host in world.public_hosts  # then it is real, however much it looks like a placeholder
    reason = "" if served_here else noise.reason(address.host, address.scheme, address.text)
    if reason:
        return reason, ()
    if address.role is Role.PUBLIC or (address.role is Role.DISPLAY and not _is_inside(address, resolved)):
        return address.role.reason, ()
    if address.form is Form.WEAK:
        return "a word, not an address", ()
    return _missing(address) if resolved.meaning is Meaning.MISSING else _outside(address)


def _is_inside(address: Address, resolved: Resolved) -> bool:
    """Whether a name of no Service is one of this cluster all the same: nobody links people to such a name."""
    return resolved.meaning is Meaning.MISSING and "." in address.host


def _inside(sighting: Sighting, address: Address, service: Service, world: World) -> tuple[Ground, ...]:
    own = sighting.source is not None and service.ref in world.own_services.get(sighting.source, frozenset())
    if own:
        peer = sighting.peer or (service.headless and address.host.partition(".")[0] != service.ref.name)
        return (confidence.PEER if peer else confidence.OWN_NAME,)
    return (confidence.PUBLIC_NAME,) if address.role is Role.PUBLIC else ()


def _missing(address: Address) -> _Judged:
    if is_two_words(address.host) and not address.scheme and address.form in (Form.BARE, Form.QUALIFIED):
        return "a dotted word, not a host name", ()
    if not address.sure or (address.form is Form.BARE and "." not in address.host and len(address.host) < 2):
        return "no Service of this name", ()
    return "", (confidence.MISSING,)


def _outside(address: Address) -> _Judged:
    if is_ip(address.host):
        if address.form not in (Form.URL, Form.PAIR, Form.SPLIT) and address.host != _METADATA:
            return "an address without a port", ()
        return "", (confidence.RAW_ADDRESS,)
    usual = noise.is_domain(address.host)
    short = not address.scheme and address.host.count(".") == 1
    if not usual and (short or address.form in (Form.BARE, Form.QUALIFIED)):
        return "a dotted word, not a host name", ()
    odd = address.form is Form.QUALIFIED or (not usual and address.host.count(".") == 1)
    return "", (confidence.OUTSIDE, confidence.UNUSUAL_NAME) if odd else (confidence.OUTSIDE,)


def _port(address: Address, resolved: Resolved) -> int | None:
    """Choose the port that the caller uses."""
    if address.port is not None:
        return address.port
    usual = _DIALECT_PORTS.get(address.scheme) or (default_port(address.scheme) if address.scheme else None)
    if resolved.meaning is Meaning.API_SERVER:
        return usual or 443
    service = resolved.service
    if service is None:
        return usual or _by_hint(address.hint)
    if usual and (service.port(usual) or not service.ports):
        return usual
    if len(service.ports) == 1:
        return service.ports[0].number
    return usual if usual in (80, 443) else _alike(service, address)


def _by_hint(hint: str) -> int | None:
    return default_port(hint) if hint and hint != "http" else None


_ASIDE = word_set("metrics admin health healthz probe prometheus prom status debug monitoring management")
"""Words in the names of ports that are not for callers of the application."""


def _alike(service: Service, address: Address) -> int | None:
    """Choose the only port of several that speaks what the words around say, else the only one for callers."""
    wanted = address.hint or keys.protocol(address.host)
    spoken = [p.number for p in service.ports if wanted and wanted in (from_port_name(p.name), from_port(p.number))]
    if len(spoken) == 1:
        return spoken[0]
    meant = [p.number for p in service.ports if p.l4 == "TCP" and not _ASIDE.intersection(keys.words(p.name))]
    return meant[0] if len(meant) == 1 else None
