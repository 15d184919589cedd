"""Calls to an agent on the same node: the downward API hands over the node's address, a variable or an URL the port.

Where a workload opens that very port on its nodes, it is the callee; else the node's address stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from planner.evidence import confidence
from planner.evidence.siblings import with_sibling
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.text import keys
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import Path, int_at, maps_at, text_at
from planner.model.refs import Ref, unknown
from planner.model.workloads import Container, Workload

READER = "environment"
_AGENTS = word_set("agent collector statsd jaeger zipkin otel otlp datadog dd trace tracing daemon fluentd xray syslog")
_NODE = unknown("node-ip")


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per variable that holds the node's address and is used as a host."""
    for workload in world.runners:
        for container in workload.containers:
            for index, entry in maps_at(container.raw, "env"):
                if text_at(entry, "valueFrom", "fieldRef", "fieldPath") == "status.hostIP":
                    path: Path = (*container.path, "env", index)
                    yield from _calls(workload, container, text_at(entry, "name"), path, world)


def _calls(workload: Workload, container: Container, name: str, path: Path, world: World) -> Iterator[Sighting]:
    known = world.values(workload, container)
    ports = tuple(dict.fromkeys(_ports(name, container, known)))
    if not ports and _AGENTS.intersection(keys.words(name)):
        evidence = cite(READER, workload.object, path, confidence.MISSING, f"{name}: status.hostIP")
        yield Sighting(workload.ref, _NODE, evidence, protocol=keys.protocol(name))
    for port, protocol in ports:
        target = _on_nodes(port, world)
        sure = confidence.DIRECT[Form.SPLIT] if target else confidence.MISSING
        evidence = cite(READER, workload.object, path, sure, f"{name}: status.hostIP, port {port}")
        spoken = protocol or keys.protocol(name)
        yield Sighting(workload.ref, target or _NODE, evidence, port, spoken)


def _ports(name: str, container: Container, known: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield the ports that go with a variable: of a variable beside it, and of texts that refer to it."""
    beside = with_sibling(Address("node", form=Form.BARE), name, known)
    if beside.port:
        yield beside.port, beside.scheme
    used = re.compile(rf"(?:([a-z]{{2,10}})://)?\$[({{]{re.escape(name)}[)}}]:(\d{{2,5}})")
    for text in (*known.values(), *(word for _, word in container.words)):
        for match in used.finditer(text[:20000]):
            number = int_at({"port": match[2]}, "port")
            if number and number < 65536:
                yield number, match[1] if match[1] in ("http", "https", "grpc") else ""


def _on_nodes(port: int, world: World) -> Ref | None:
    """Return who answers at a port of every node: the Service in front, else the workload itself."""
    for workload in world.inventory.workloads:
        for container in workload.containers if workload.ref.kind == "DaemonSet" else ():
            for declared in container.ports:
                inner = int_at(declared, "containerPort")
                opened = int_at(declared, "hostPort") or (inner if workload.host_network else None)
                if opened == port:
                    behind = world.service_for(workload, inner or port)
                    return behind[0].ref if behind and behind[1].number == port else workload.ref
    return None
