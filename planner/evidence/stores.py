"""Workloads that wait for calls and make none: databases, caches, queues."""

from __future__ import annotations

from planner.evidence.words import word_set
from planner.mesh.well_known import from_image
from planner.model.workloads import Workload

_STORES = word_set(
    """amqp bolt cassandra db2 kafka ldap memcached mongo mqtt mysql nats openwire oracle postgres pulsar redis
    sqlserver stomp zookeeper"""
)


def is_store(workload: Workload) -> bool:
    """Whether every container is a database, cache or queue, which waits for calls and makes none."""
    running = [container for container in workload.containers if not container.init]
    return bool(running) and any(from_image(c.image) in _STORES for c in running) and len(running) <= 3
