"""Ports that an ingress controller opens for plain TCP and UDP: a ConfigMap that an argument names, port to Service.

Sources: kubernetes.github.io/ingress-nginx/user-guide/exposing-tcp-udp-services (`port: namespace/service:port`);
haproxy-ingress.github.io (`--tcp-services-configmap`); HAProxy kubernetes-ingress (`--configmap-tcp-services`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.backends import port_number
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.variables import expand
from planner.evidence.world import World
from planner.model.fields import strings_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT
from planner.model.workloads import Workload

READER = "exposure"
_FLAG = re.compile(
    r"--(?:(tcp|udp)-services-configmap|configmap-(tcp|udp)-services)=(?:([\w.\-]{1,63})/)?([\w.\-]{1,253})"
)
_SERVICE = re.compile(r"([a-z0-9\-]{1,63})/([a-z0-9\-]{1,63}):([\w\-]{1,63})(?::[\w:\-]{0,60})?")
KINDS = ("ConfigMap",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per open port for a client, and one for the controller."""
    for workload in world.inventory.variants:
        for container in workload.containers:
            known = world.values(workload, container)
            for _, word in container.words:
                flag = _FLAG.fullmatch(expand(word, known)) if "-services" in word else None
                namespace = (flag[3] or workload.ref.namespace) if flag else ""
                config = world.inventory.get("ConfigMap", namespace, flag[4]) if flag else None
                if flag and config:
                    yield from _ports(workload, config, flag[1] or flag[2], world)


def _ports(workload: Workload, config: KubeObject, protocol: str, world: World) -> Iterator[Sighting]:
    for key, text in strings_at(config.raw, "data").items():
        match = _SERVICE.fullmatch(text.strip())
        if match:
            target = service_ref(match[1], match[2])
            port = port_number(match[3], target, world)
            for caller, sure in ((CLIENT, confidence.ENTRY_POINT), (workload.ref, confidence.CONTROLLER)):
                evidence = cite(READER, config, ("data", key), sure, f"{key} to {target.text}")
                yield Sighting(caller, target, evidence, port, "udp" if protocol == "udp" else "")
