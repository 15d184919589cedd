"""Members of a workload's own cluster, named by what their names end with: `.db-headless.shop.svc`, or `db-headless`.

A StatefulSet that is told its own headless Service, or the end of its pods' names, asks its other pods.
Sources: RabbitMQ peer discovery (`K8S_HOSTNAME_SUFFIX`, `K8S_SERVICE_NAME`); kubernetes.io, StatefulSet basics.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.emit import sight
from planner.evidence.hosts import Meaning
from planner.evidence.sighting import Address, Form, Sighting
from planner.evidence.text import addresses, keys
from planner.evidence.variables import Variable
from planner.evidence.world import World
from planner.model.workloads import Workload

READER = "environment"


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per variable of a StatefulSet that holds the name of its own headless Service."""
    for workload in world.inventory.variants:
        for container in workload.containers if workload.ref.kind == "StatefulSet" else ():
            for variable in world.variables(workload, container).values():
                address = _address(variable)
                if address and _is_own(address, workload, world):
                    yield sight(
                        READER, workload.ref, address, variable.object, variable.path, confidence.DIRECT, peer=True
                    )


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
