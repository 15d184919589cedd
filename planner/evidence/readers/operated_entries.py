"""Custom resources whose operator opens a Service to the outside: node ports, load balancers, listeners of Kafka.

The Service may not be among what was read; then the way in is named all the same.
Sources: `planner.evidence.operator_services`; strimzi.io/docs (listeners `type`, bootstrap Service of a listener).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.hosts import service_ref
from planner.evidence.operator_services import ENTRIES
from planner.evidence.patterns import each
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT

READER = "exposure"
KINDS = tuple(sorted({"Kafka", *(kind for _, kind in ENTRIES)}))
"""Kinds that it reads, beside workloads and Services."""
_OPEN = ("NodePort", "LoadBalancer", True)
_LISTENERS = ("nodeport", "loadbalancer", "ingress", "route")


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per Service that an operator is told to open."""
    for (group, kind), entries in ENTRIES.items():
        for obj in world.inventory.of_kind(kind):
            for entry in entries if obj.group == group else ():
                for path, value in each(obj.raw, entry.pattern):
                    if value in _OPEN:
                        name = entry.service.replace("*", obj.ref.name)
                        yield _entry(obj, path, name, entry.port, entry.protocol)
    for obj in world.inventory.of_kind("Kafka"):
        for path, listener in each(obj.raw, "spec.kafka.listeners[]"):
            name, port = text_at(listener, "name"), int_at(listener, "port")
            if text_at(listener, "type") in _LISTENERS and port:
                yield _entry(obj, (*path, "type"), f"{obj.ref.name}-kafka-{name}-bootstrap", port, "kafka")


def _entry(obj: KubeObject, path: Path, name: str, port: int, protocol: str) -> Sighting:
    evidence = cite(READER, obj, path, confidence.EXPOSED_SERVICE, f"{obj.ref.kind} opens {name}")
    return Sighting(CLIENT, service_ref(obj.ref.namespace, name), evidence, port, protocol)
