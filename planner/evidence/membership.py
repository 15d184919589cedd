"""Members of one's own cluster that are named without a port: they are called, but not where clients call.

Gossip, election and replication often have ports of their own, which no manifest need name.
Sources: the documentation of Cassandra, Elasticsearch, CockroachDB, RabbitMQ, Consul, memberlist, etcd, ZooKeeper,
NATS, Hazelcast, Ignite, MySQL group replication and Galera on their ports.
"""

from __future__ import annotations

from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.hosts import Meaning
from planner.evidence.sighting import Address, Sighting
from planner.evidence.text import keys
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.services import Service

_AMONG_MEMBERS = (7000, 9300, 26257, 4369, 8301, 7946, 2380, 2888, 6222, 5701, 47500, 33061, 4567)
_SPOKEN = {26257: "grpc", 2380: "http"}
"""What members speak there, where it is not what clients speak."""
_FOR_CLIENTS = frozenset((9042, 9160, 9200, 5672, 15672, 8500, 2379, 4222, 2181, 9092))
"""Ports of products whose members have others among themselves."""
_WORDS = word_set("gossip intra transport peer peers cluster replication epmd election serf internode memberlist")


def member(sighting: Sighting, world: World) -> Sighting:
    """Return a sighting of a member with its Service as the callee; any other as it is.

    Its port is that of members, where a name or a number tells one, and never one for clients.
    """
    address, source = sighting.target, sighting.source
    if not sighting.peer or sighting.suppressed or source is None or not isinstance(address, Address):
        return sighting
    if address.port is not None or address.scheme:
        return sighting
    resolved = world.hosts.resolve(address.host, source.namespace)
    if resolved.meaning is not Meaning.SERVICE or resolved.ref not in world.own_services.get(source, frozenset()):
        return sighting
    evidence = confidence.marked(sighting.evidence, confidence.PEER)
    port = _port(resolved.service) if resolved.service else None
    spoken = sighting.protocol or _SPOKEN.get(port or 0, "")
    return replace(sighting, target=resolved.ref, port=port, protocol=spoken, evidence=evidence)


def _port(service: Service) -> int | None:
    named = [port.number for port in service.ports if _WORDS.intersection(keys.words(port.name))]
    numbers = [port.number for port in service.ports]
    known = [number for number in _AMONG_MEMBERS if number in numbers]
    only = numbers if len(numbers) == 1 and numbers[0] not in _FOR_CLIENTS else []
    return next(iter((*named, *known, *only)), None)
