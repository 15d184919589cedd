"""Workloads whose callees cannot be known from what was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.mesh.well_known import from_image
from planner.model.flow import BACKGROUND_READERS, BlindSpot, Flow
from planner.model.refs import UNKNOWN, WILDCARD
from planner.model.workloads import Workload

_STORES = word_set(
    """amqp bolt cassandra db2 kafka ldap memcached mongo mqtt mysql nats openwire oracle postgres pulsar redis
    sqlserver stomp zookeeper"""
)
_LOOKED_AT = ("environment", "arguments", "ConfigMaps")
_DISCOVERY = ("eureka", "consul", "nacos", "zookeeper", "kubernetes-discovery")
_BELIEVED = 0.5


def blind_spots(world: World, flows: Iterable[Flow]) -> tuple[BlindSpot, ...]:
    """Return the workloads without a believed callee, and those that look their callees up while they run."""
    callers = {flow.source for flow in flows if _counts(flow)}
    return tuple(sorted(spot for w in world.inventory.workloads for spot in _spots(w, w.ref in callers, world)))


def _counts(flow: Flow) -> bool:
    """Whether a flow shows that the workload's own addresses were found."""
    machinery = all(item.reader in BACKGROUND_READERS for item in flow.evidence)
    return flow.confidence >= _BELIEVED and flow.target.kind not in (UNKNOWN, WILDCARD) and not machinery


def _spots(workload: Workload, has_callees: bool, world: World) -> Iterator[BlindSpot]:
    registry = _registry(workload, world)
    learn = f"declare its calls under `flows:` in meshplan.yaml, or look at the traffic of {workload.ref.text}"
    if registry:
        yield BlindSpot(workload.ref, f"looks its callees up in {registry} while it runs", _LOOKED_AT, learn)
    elif not has_callees and not _store(workload):
        yield BlindSpot(workload.ref, "no address of another workload or host in its manifest", _LOOKED_AT, learn)


def _store(workload: Workload) -> bool:
    """Whether every container is a database, cache or queue, which waits for calls and makes none."""
    running = [container for container in workload.containers if not container.init]
    return bool(running) and any(from_image(c.image) in _STORES for c in running) and len(running) <= 3


def _registry(workload: Workload, world: World) -> str:
    for container in workload.containers:
        for name, value in world.values(workload, container).items():
            lowered = f"{name} {value[:300]}".lower()
            for word in _DISCOVERY:
                if word in lowered and ("://" in value or ":" in value or "." in value) and "false" not in lowered:
                    return word
    return ""
