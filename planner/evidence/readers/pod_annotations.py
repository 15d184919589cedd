"""Annotations of pods that put a sidecar beside the program, and whom that sidecar calls.

Sources: developer.hashicorp.com/vault/docs/platform/k8s/injector/annotations and the injector's own variable
(`AGENT_INJECT_VAULT_ADDR`); developer.hashicorp.com/consul/docs/k8s/annotations-and-labels (`service-upstreams`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.emit import sight
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.text import addresses
from planner.evidence.world import World
from planner.model.fields import Path
from planner.model.workloads import Workload

READER = "pod-annotations"
_VAULT, _VAULT_SERVER = "vault.hashicorp.com/agent-inject", "vault.hashicorp.com/service"
_INJECTOR = "AGENT_INJECT_VAULT_ADDR"
_UPSTREAMS = ("consul.hashicorp.com/connect-service-upstreams", "consul.hashicorp.com/service-upstreams")
_UPSTREAM = re.compile(r"([a-z0-9\-]{1,63})(?:\.svc)?(?:\.([a-z0-9\-]{1,63})\.ns)?(?:\.[\w.\-]{1,100})?:(\d{1,5})")


def read(world: World) -> Iterator[Sighting]:
    """Yield the calls of injected sidecars."""
    servers = tuple(_servers(world))
    for workload in world.inventory.variants:
        base: Path = (*workload.template_path, "metadata", "annotations")
        if workload.annotations.get(_VAULT) == "true":
            yield from _vault(workload, base, servers)
        for name in _UPSTREAMS:
            yield from _upstreams(workload, (*base, name), workload.annotations.get(name, ""), world)


def _servers(world: World) -> Iterator[str]:
    """Yield the server that an injector of this cluster hands to its agents."""
    for workload in world.inventory.workloads:
        for container in workload.containers:
            found = world.values(workload, container).get(_INJECTOR)
            if found:
                yield found


def _vault(workload: Workload, base: Path, servers: tuple[str, ...]) -> Iterator[Sighting]:
    own = workload.annotations.get(_VAULT_SERVER)
    path = (*base, _VAULT_SERVER if own else _VAULT)
    for text in (own,) if own else servers[:1]:
        for address in addresses.in_line(text):
            yield sight(READER, workload.ref, address, workload.object, path, confidence.DIRECT)


def _upstreams(workload: Workload, path: Path, text: str, world: World) -> Iterator[Sighting]:
    """Read `service:port` pairs; the port is the sidecar's own, on which the program calls it."""
    for item in text.split(",") if text else ():
        match = _UPSTREAM.fullmatch(item.strip())
        if match:
            target = service_ref(match[2] or workload.ref.namespace, match[1])
            service = world.inventory.service(target.namespace, target.name)
            port = service.ports[0].number if service and len(service.ports) == 1 else None
            evidence = cite(READER, workload.object, path, confidence.CUSTOM_KNOWN, item.strip())
            yield Sighting(workload.ref, target, evidence, port)
