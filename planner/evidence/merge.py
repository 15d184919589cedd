"""Equal flows become one, with all their evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from planner.evidence import protocols
from planner.evidence.outside import addresses_behind
from planner.evidence.placing import Placed
from planner.evidence.world import World
from planner.mesh.protocol import declared as declared_protocol
from planner.mesh.versions import Version
from planner.model.flow import Boundary, Evidence, Flow
from planner.model.refs import API_SERVER, EXTERNAL, SERVICE, Ref
from planner.model.services import ServicePort
from planner.settings import DEFAULT_ISTIO

_Key = tuple[Ref, Ref, int | None]


_API_SERVER = protocols.Spoken("https", "the API server")


def merge(placed: Iterable[Placed], world: World) -> tuple[Flow, ...]:
    """Return one flow for each (caller, callee, port), sorted."""
    istio = Version.parse(world.settings.istio_version or DEFAULT_ISTIO)
    groups: dict[_Key, list[Placed]] = defaultdict(list)
    for item in placed:
        if item.sighting.source is not None:
            groups[item.sighting.source, item.target, item.port].append(item)
    _join_portless(groups)
    outside = addresses_behind(world.inventory)
    ordered = sorted(groups, key=lambda key: (key[0], key[1], key[2] or 0))
    return _agreed(tuple(_flow(key, groups[key], world, istio, outside) for key in ordered))


_WEAK = frozenset(("", "a habit of that port number"))
"""What says so little of a protocol that any other caller of that port knows better."""


def _agreed(flows: tuple[Flow, ...]) -> tuple[Flow, ...]:
    """Let a caller that says what it speaks to a port speak for those that do not."""
    known: dict[tuple[Ref, int], set[str]] = defaultdict(set)
    for flow in flows:
        if flow.port and flow.target.kind == SERVICE and flow.protocol_by not in _WEAK:
            known[flow.target, flow.port].add(flow.protocol)
    return tuple(
        replace(flow, protocol=next(iter(said)), protocol_by="another caller of that port")
        if flow.port and flow.protocol_by in _WEAK and len(said := known.get((flow.target, flow.port), ())) == 1
        else flow
        for flow in flows
    )


def _join_portless(groups: dict[_Key, list[Placed]]) -> None:
    """Give the evidence of a pair without a port to the pair's flow with one."""
    ported: dict[tuple[Ref, Ref], list[int]] = defaultdict(list)
    for source, target, port in groups:
        if port is not None:
            ported[source, target].append(port)
    for source, target, port in list(groups):
        if port is None and ported[source, target]:
            groups[source, target, min(ported[source, target])].extend(groups.pop((source, target, port)))


def _flow(key: _Key, items: list[Placed], world: World, istio: Version, outside: Mapping[Ref, tuple[str, ...]]) -> Flow:
    source, target, port = key
    evidence = tuple(sorted({item.sighting.evidence for item in items}, key=lambda e: (-e.confidence, e)))
    service = world.inventory.service(target.namespace, target.name) if target.kind == SERVICE else None
    known = service.port(port) if service and port else None
    sightings = sorted((item.sighting for item in items), key=lambda s: (-s.evidence.confidence, s.evidence))
    said = _API_SERVER if target == API_SERVER else protocols.spoken(sightings, port, service, world)
    return Flow(
        source=source,
        target=target,
        port=port,
        protocol=said.protocol,
        protocol_by=said.by,
        declared=_declared(known, istio),
        boundary=boundary(source, target, leaves=target in outside),
        confidence=combined(evidence),
        evidence=evidence,
        to_workloads=tuple(w.ref for w in world.inventory.behind(service)) if service else (),
        external_name=next(iter(sorted({i.via for i in items if i.via})), "") or ",".join(outside.get(target, ())),
    )


def combined(evidence: Iterable[Evidence]) -> float:
    """Join the confidences of independent readers; the same reader twice counts once.

    Returns:
        0–0.99 from static readers; 1 only where the user said so.
    """
    best: dict[str, float] = {}
    for item in evidence:
        best[item.reader] = max(best.get(item.reader, 0.0), item.confidence)
    doubt = 1.0
    for confidence in best.values():
        doubt *= 1.0 - confidence
    return 1.0 if 1.0 in best.values() else round(min(0.99, 1.0 - doubt), 4)


def _declared(port: ServicePort | None, istio: Version) -> str:
    if port is None:
        return ""
    return str(declared_protocol(port.number, port.name, port.l4, port.app_protocol, istio).protocol.name)


def boundary(source: Ref, target: Ref, *, leaves: bool = False) -> Boundary:
    """Say which edge of the cluster a flow crosses.

    Args:
        source: Caller.
        target: Callee.
        leaves: Whether the callee is a Service that stands for addresses outside.
    """
    if source.kind == EXTERNAL or source.is_control_plane:
        return Boundary.INGRESS
    return Boundary.EGRESS if target.kind == EXTERNAL or leaves else Boundary.INTERNAL
