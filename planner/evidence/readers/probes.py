"""Probes: the kubelet calls a port of every pod it watches; one sighting per workload and port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World, container_ports
from planner.model.fields import Path, int_at, map_at, text_at
from planner.model.refs import KUBELET
from planner.model.workloads import Container, Workload

READER = "probes"
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_KINDS = {"httpGet": "http", "grpc": "grpc", "tcpSocket": ""}


def read(world: World) -> Iterator[Sighting]:
    """Yield the ports that the kubelet calls."""
    for workload in world.inventory.variants:
        seen: set[tuple[int, str]] = set()
        for container in workload.containers:
            for path, probe, kind in _probes(container):
                port = _port(map_at(probe, kind), workload)
                spoken = "https" if text_at(probe, kind, "scheme").upper() == "HTTPS" else _KINDS[kind]
                if port and (port, spoken) not in seen and not text_at(probe, kind, "host"):
                    seen.add((port, spoken))
                    evidence = cite(READER, workload.object, path, confidence.PROBE, f"{path[-2]} {port}")
                    yield Sighting(KUBELET, workload.ref, evidence, port, spoken)


def _probes(container: Container) -> Iterator[tuple[Path, Mapping[str, Any], str]]:
    for name in _PROBES:
        probe = map_at(container.raw, name)
        for kind in _KINDS:
            if map_at(probe, kind):
                yield (*container.path, name, kind), probe, kind


def _port(target: Mapping[str, Any], workload: Workload) -> int | None:
    number = int_at(target, "port")
    return number if number is not None else container_ports(workload).get(text_at(target, "port"))
