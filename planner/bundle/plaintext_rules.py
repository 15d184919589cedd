"""A DestinationRule that lets callers of a headless Service send plaintext to a port that is DISABLE.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/model/push_context.go: callers of a headless
Service read the mode of the namespace only, so a DISABLE of one port does not reach them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from planner.bundle.open_ports import OpenPort
from planner.bundle.part import Part, by_hand
from planner.bundle.patching import MANAGED
from planner.bundle.peer_authentications import patch_of
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.hostnames import covers
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Change, Created
from planner.model.fields import text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.services import Service
from planner.plan.container_ports import listening_port

KIND = "DestinationRule"


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """A moment at which a port becomes DISABLE, or is so no longer.

    Attributes:
        phase: Index of the phase.
        guard: True before the label of the phase, False at its end.
        port: The port.
        off: Whether mTLS is off from now on.
    """

    phase: int
    guard: bool
    port: OpenPort
    off: bool


def rules(work: Work, turns: Iterable[Turn]) -> dict[tuple[int, bool], Part]:
    """Make, change and end one rule per headless Service, by (phase, whether before the label).

    Several workloads or ports may stand behind one Service: its port follows the last of them.
    """
    by_service: dict[Ref, list[tuple[Turn, Service]]] = defaultdict(list)
    for turn in sorted(turns, key=lambda item: (item.phase, not item.guard)):
        for service in _headless(work, turn.port):
            by_service[service.ref].append((turn, service))
    found: dict[tuple[int, bool], Part] = {}
    for _, known in sorted(by_service.items()):
        for key, part in _of_service(work, known):
            found[key] = found.get(key, Part()) + part
    return found


def _of_service(work: Work, known: list[tuple[Turn, Service]]) -> Iterator[tuple[tuple[int, bool], Part]]:
    service = known[0][1]
    taken = _owner(work, service)
    off: dict[int, set[Ref]] = defaultdict(set)
    before: tuple[int, ...] | None = None
    for key, moment in groupby(known, key=lambda item: (item[0].phase, item[0].guard)):
        for turn, _ in moment:
            for number in _numbers(work, turn.port, service):
                (off[number].add if turn.off else off[number].discard)(turn.port.callee)
        now = tuple(sorted(number for number, callees in off.items() if callees))
        if now != (before or ()):
            part = _told(taken, service, now) if taken else _written(work, service, before, now)
            for other in _before_ours(work, service):
                part += _told(other, service, now)
            yield key, part
            before = now


def _owner(work: Work, service: Service) -> KubeObject | None:
    """Find a rule of somebody else in the Service's namespace: two for one host there would not be merged."""
    full = _host(work, service)
    found = (obj for obj in work.inventory.of_kind(KIND) if obj.ref.namespace == service.ref.namespace)
    return next((obj for obj in found if text_at(obj.raw, "spec", "host") in (full, service.ref.name)), None)


def _before_ours(work: Work, service: Service) -> tuple[KubeObject, ...]:
    """Find the rules that callers follow before one in the Service's namespace: those of their own namespaces.

    Source: istio/istio pilot/pkg/model/push_context.go destinationRule (the first namespace with a match wins whole).
    """
    callers = {flow.source.namespace for flow in work.graph.calls_to(service.ref)} - {service.ref.namespace}
    own = (obj for obj in work.inventory.of_kind(KIND) if obj.ref.namespace in callers)
    return tuple(obj for obj in own if covers(text_at(obj.raw, "spec", "host"), _host(work, service)))


def _host(work: Work, service: Service) -> str:
    return f"{service.ref.name}.{service.ref.namespace}.svc.{work.facts.cluster_domain}"


def _told(taken: KubeObject, service: Service, now: tuple[int, ...]) -> Part:
    if not now:
        return Part()
    where = f"for port {', '.join(map(str, now))} of {service.ref}"
    return by_hand(
        f"{taken.ref}: set tls.mode DISABLE {where} by hand.",
        f"{taken.ref}: take tls.mode DISABLE {where} away again, or put back the mode that stood there.",
    )


def _written(work: Work, service: Service, before: tuple[int, ...] | None, now: tuple[int, ...]) -> Part:
    version = networking_api_version(work.facts.istio)
    if before is not None:
        ended = "Every caller has a proxy now, so they may send mTLS again; it belongs to the patches before it."
        why = f"Callers of {service.ref} would send mTLS to a port that takes plaintext only." if now else ended
        change = Change(("spec", "trafficPolicy"), _policy(before) or None, _policy(now) or None)
        return Part(patches=(patch_of(_ref(service), version, (change,), why),))
    body = {
        "apiVersion": version,
        "kind": KIND,
        "metadata": {"name": _ref(service).name, "namespace": service.ref.namespace, "labels": dict(MANAGED)},
        "spec": {"host": _host(work, service), "trafficPolicy": _policy(now)},
    }
    why = f"{service.ref} is headless: its callers would send mTLS to a port that takes plaintext only."
    return Part(created=(Created(_ref(service), "destination-rule.yaml.j2", body, why),))


def _headless(work: Work, item: OpenPort) -> tuple[Service, ...]:
    workload = work.inventory.workload(item.callee)
    if workload is None:
        service = work.inventory.service(item.callee.namespace, item.callee.name)
        known: tuple[Service, ...] = (service,) if service else ()
    else:
        known = work.inventory.in_front_of(workload)
    return tuple(
        service
        for service in known
        if service.headless and any(listening_port(port, workload) == item.port for port in service.ports)
    )


def _numbers(work: Work, item: OpenPort, service: Service) -> tuple[int, ...]:
    workload = work.inventory.workload(item.callee)
    return tuple(sorted({port.number for port in service.ports if listening_port(port, workload) == item.port}))


def _policy(numbers: tuple[int, ...]) -> dict[str, Any]:
    settings = [{"port": {"number": number}, "tls": {"mode": "DISABLE"}} for number in numbers]
    return {"portLevelSettings": settings} if settings else {}


def _ref(service: Service) -> Ref:
    return Ref(service.ref.namespace, slug("plaintext", service.ref.name), KIND)
