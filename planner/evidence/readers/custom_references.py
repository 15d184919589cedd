"""References of custom resources to others whose Service is called: Kibana to Elasticsearch, a trigger to its sink.

Which fields and by whom stands in `planner.evidence.operator_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.callers import Callers
from planner.evidence.hosts import service_ref
from planner.evidence.operator_services import REFERENCES, Reference
from planner.evidence.operator_tables import FOR_PODS
from planner.evidence.patterns import each
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref

READER = "custom-resources"
KINDS = tuple(sorted({kind for _, kind in REFERENCES}))
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the Services that references lead to; the caller is the controller, or else the resource."""
    callers = Callers(world)
    for group, kind in REFERENCES:
        for obj in world.inventory.of_kind(kind):
            if obj.group == group:
                yield from _references(obj, callers, world)


def _references(obj: KubeObject, callers: Callers, world: World) -> Iterator[Sighting]:
    for reference in REFERENCES.get((obj.group, obj.ref.kind), ()):
        who = callers.of(reference.caller, obj)
        for path, value in each(obj.raw, reference.pattern):
            name, kind = text_at(value, "name"), text_at(value, "kind")
            if name and kind in ("", "Service"):
                yield from _referred(obj, reference, who, path, value, world)
            elif name:
                other = Ref(text_at(value, "namespace") or obj.ref.namespace, name, kind)
                evidence = cite(READER, obj, (*path, "name"), confidence.CUSTOM_INSIDE, f"{kind} {name}")
                yield Sighting(obj.ref, other, evidence, suppressed="a resource that stands for others, no Service")


def _referred(
    obj: KubeObject, reference: Reference, who: tuple[Ref, ...], path: Path, value: Mapping[str, Any], world: World
) -> Iterator[Sighting]:
    name = text_at(value, "serviceName") or text_at(value, "name") + reference.suffix
    target = service_ref(text_at(value, "namespace") or obj.ref.namespace, name)
    service = world.inventory.service(target.namespace, target.name)
    own = service.ports[0].number if service and service.ports else None
    sure = confidence.CUSTOM_KNOWN if who else confidence.CUSTOM_INSIDE
    reason = "" if who or reference.caller not in FOR_PODS else "no pod that was read uses it"
    for source in who or (obj.ref,):
        evidence = cite(READER, obj, (*path, "name"), sure, f"{obj.ref.kind} refers to {target.text}")
        yield Sighting(source, target, evidence, reference.port or own, reference.protocol, reason)
