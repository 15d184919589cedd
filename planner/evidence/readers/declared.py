"""Flows that the user declares in `meshplan.yaml`: believed as they are, their names checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.hosts import is_host, service_ref
from planner.evidence.sighting import Sighting
from planner.evidence.world import World
from planner.model.flow import Evidence
from planner.model.note import Note, NoteKind
from planner.model.refs import API_SERVER, CLIENT, EVERYTHING, KUBELET, WILDCARD, Ref, external
from planner.settings import DeclaredFlow

READER = "declared"
_CLUSTER = {"cluster:kube-apiserver": API_SERVER, "cluster:kubelet": KUBELET}


def read(world: World) -> Iterator[Sighting]:
    """Yield the declared flows both ends of which are known."""
    for index, flow in enumerate(world.settings.flows):
        source, target = _source(flow.source, world), _target(flow.target, world)
        if source and target:
            yield Sighting(
                source, target, _evidence(index, flow), flow.port or _only_port(target, world), flow.protocol
            )


def notes(world: World) -> tuple[Note, ...]:
    """Say which declared flows name what was not read, with the nearest names."""
    found: list[Note] = []
    for index, flow in enumerate(world.settings.flows):
        ends = ((flow.source, _source(flow.source, world)), (flow.target, _target(flow.target, world)))
        for text, ref in ends:
            if ref is None:
                message = f"flows[{index}]: {text} is not among what was read; the flow is left out"
                found.append(Note(NoteKind.SKIPPED, message, subject=text, hint=_nearest(text, world)))
    return tuple(found)


def _evidence(index: int, flow: DeclaredFlow) -> Evidence:
    text = flow.note or f"{flow.source} -> {flow.target}"
    return Evidence(READER, "", 0, "meshplan.yaml", f"flows[{index}]", 1.0, text, (confidence.DECLARED.name,))


def _source(text: str, world: World) -> Ref | None:
    special = _special(text)
    if special:
        return special
    found = [w.ref for w in world.inventory.workloads if w.ref.text == text]
    custom = [
        obj.ref for kind in world.inventory.kinds for obj in world.inventory.of_kind(kind) if obj.ref.text == text
    ]
    return next(iter(found or [ref for ref in custom if ref.kind in ("Prometheus", "Alertmanager")]), None)


def _target(text: str, world: World) -> Ref | None:
    special = _special(text)
    if special:
        return special
    namespace, _, name = text.rpartition("/")
    if name == "*":
        return EVERYTHING if namespace == "*" else Ref(namespace, "*", WILDCARD)
    service = world.inventory.service(namespace, name)
    return service.ref if service else next((w.ref for w in world.inventory.workloads if w.ref.text == text), None)


def _special(text: str) -> Ref | None:
    if text in _CLUSTER:
        return _CLUSTER[text]
    host = text.removeprefix("external:") if text.startswith("external:") else ""
    if host == "client":
        return CLIENT
    return external(host) if host and is_host(host.lower()) else None


def _only_port(target: Ref, world: World) -> int | None:
    service = (
        world.inventory.service(target.namespace, target.name)
        if target == service_ref(target.namespace, target.name)
        else None
    )
    return service.ports[0].number if service and len(service.ports) == 1 else None


def _nearest(text: str, world: World) -> str:
    known = sorted({w.ref.text for w in world.inventory.workloads} | {s.ref.text for s in world.inventory.services})
    near = difflib.get_close_matches(text, known, n=3, cutoff=0.5)
    return (
        f"did you mean {', '.join(near)}?" if near else "write namespace/name, external:host or cluster:kube-apiserver"
    )
