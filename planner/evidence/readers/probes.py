"""Probes and hooks: the kubelet calls a port of every pod it watches; one sighting per workload and port.

Source: kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes (`host` defaults to
the pod's own address); kubernetes/kubernetes pkg/kubelet/lifecycle/handlers.go (hooks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.world import World, container_ports
from planner.model.fields import Path, int_at, map_at, text_at
from planner.model.refs import KUBELET
from planner.model.workloads import Container, Workload

READER = "probes"
_HANDLERS: tuple[Path, ...] = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)
_KINDS = {"httpGet": "http", "grpc": "grpc", "tcpSocket": ""}
_LOOPBACK = ("", "localhost", "127.0.0.1", "::1")


def read(world: World) -> Iterator[Sighting]:
    """Yield the ports that the kubelet calls, of the pod or of the host that a probe names."""
    for workload in world.inventory.variants:
        seen: set[tuple[str, int, str]] = set()
        for container in workload.containers:
            for path, probe, kind in _probes(container):
                host = text_at(probe, kind, "host").lower()
                port = _port(map_at(probe, kind), workload)
                spoken = "https" if text_at(probe, kind, "scheme").upper() == "HTTPS" else _KINDS[kind]
                if port and (host, port, spoken) not in seen:
                    seen.add((host, port, spoken))
                    yield _sighting(workload, path, host, port, spoken)


def _sighting(workload: Workload, path: Path, host: str, port: int, spoken: str) -> Sighting:
    """The kubelet's own loopback is the pod's where the pod is on the node's network."""
    evidence = cite(READER, workload.object, path, confidence.PROBE, f"{path[-2]} {port}")
    if host and not (host in _LOOPBACK and workload.host_network):
        address = Address(host, port, "", f"{host}:{port}")
        return Sighting(KUBELET, address, evidence, None, spoken, namespace=workload.ref.namespace)
    return Sighting(KUBELET, workload.ref, evidence, port, spoken)


def _probes(container: Container) -> Iterator[tuple[Path, Mapping[str, Any], str]]:
    for handler in _HANDLERS:
        probe = map_at(container.raw, *handler)
        for kind in _KINDS:
            if map_at(probe, kind):
                yield (*container.path, *handler, kind), probe, kind


def _port(target: Mapping[str, Any], workload: Workload) -> int | None:
    number = int_at(target, "port")
    return number if number is not None else container_ports(workload).get(text_at(target, "port"))
