"""Members of a workload's own cluster, by what their names end with (`.db-headless.shop.svc`) or by pod (`db-0.db`).

A StatefulSet that is told its own headless Service, or the end of its pods' names, asks its other pods. The names of
its pods are also served where its Service has an address of its own.
Sources: RabbitMQ peer discovery (`K8S_HOSTNAME_SUFFIX`, `K8S_SERVICE_NAME`); kubernetes.io, StatefulSet basics;
coredns/coredns plugin/kubernetes (a query for an endpoint is answered for every Service).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.emit import sight
from planner.evidence.hosts import Meaning
from planner.evidence.membership import member
from planner.evidence.sighting import Address, Form, Sighting, cite
from planner.evidence.text import addresses, keys
from planner.evidence.variables import Variable
from planner.evidence.world import World
from planner.model.fields import int_at
from planner.model.workloads import Container, Workload

READER = "environment"
_MOST = 20


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per variable of a StatefulSet that holds the name of its own headless Service."""
    for workload in world.inventory.variants:
        for container in workload.containers if workload.ref.kind == "StatefulSet" else ():
            yield from _pods(workload, container, world)
            for variable in world.variables(workload, container).values():
                address = _address(variable)
                if address and _is_own(address, workload, world):
                    seen = sight(
                        READER, workload.ref, address, variable.object, variable.path, confidence.DIRECT, peer=True
                    )
                    yield member(seen, world)


def _pods(workload: Workload, container: Container, world: World) -> Iterator[Sighting]:
    """Yield the pods of the workload itself behind a Service with an address, which no resolver of ours answers."""
    own = {service.ref.name: service for service in world.inventory.in_front_of(workload) if not service.headless}
    if not own:
        return
    pod = re.compile(
        rf"\b{re.escape(workload.ref.name)}-\d{{1,4}}\.([a-z0-9\-]{{1,63}})[\w.\-]{{0,200}}(?::(\d{{2,5}}))?"
    )
    told = [(v.object, v.path, v.value) for v in world.variables(workload, container).values()]
    told += [(workload.object, path, word) for path, word in container.words]
    for obj, path, text in told:
        for match in itertools.islice(pod.finditer(text[:20000]), _MOST) if workload.ref.name in text else ():
            service = own.get(match[1])
            if service:
                cited = cite(READER, obj, path, confidence.DIRECT[Form.PAIR], match[0])
                evidence = confidence.marked(cited, confidence.PEER)
                port = int_at({"port": match[2]}, "port")
                yield Sighting(workload.ref, service.ref, evidence, port, peer=True)


def _address(variable: Variable) -> Address | None:
    value = variable.value.strip()
    if value.startswith(".") and ".svc" in value:
        bare = addresses.bare(value[1:])
        return bare and Address(bare.host, text=value, form=Form.QUALIFIED)
    told = "service" in keys.words(variable.name) and not keys.means_host(variable.name)
    return addresses.bare(value) if told else None


def _is_own(address: Address, workload: Workload, world: World) -> bool:
    resolved = world.hosts.resolve(address.host, workload.ref.namespace)
    if resolved.meaning is not Meaning.SERVICE or resolved.service is None or not resolved.service.headless:
        return False
    return workload in world.inventory.behind(resolved.service)
