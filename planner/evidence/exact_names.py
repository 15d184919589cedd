"""A value that is, letter for letter, the name of a Service in the caller's namespace, under a silent key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from planner.evidence.hosts import Meaning
from planner.evidence.siblings import with_sibling
from planner.evidence.sighting import Address, Form
from planner.evidence.text import addresses, keys
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.workloads import Workload

_CONNECTIONS = word_set("connection connectionstring connstring connstr constr conn connectionurl")
_OTHER_THINGS = word_set(
    """app application apps component instance release job group container deployment statefulset image tag env
    environment title bucket tenant owner team project cluster node pod resource metric source product stage channel
    repository branch collection keyspace vhost realm client consumer producer subscription exchange policy plan"""
)
"""What else is often called like a Service, beside what `keys.names_something_else` knows."""


def exact(key: str, value: str, workload: Workload, world: World, known: Mapping[str, str]) -> Address | None:
    """Return the address that such a value is, or None.

    Believed where a port of that very Service stands beside it, where the key speaks of a connection, or where the name
    holds a hyphen and so is no word of its own.

    Args:
        key: Variable that holds the value.
        value: Its text.
        workload: Who reads it.
        world: For the Services.
        known: All variables of the container, by name.
    """
    if value.strip().lower() not in world.service_names.get(workload.ref.namespace, frozenset()):
        return None
    bare = addresses.bare(value)
    if bare is None or keys.names_something_else(key) or _OTHER_THINGS.intersection(keys.words(key)[-1:]):
        return None
    resolved = world.hosts.resolve(bare.host, workload.ref.namespace)
    service = resolved.service
    if resolved.meaning is not Meaning.SERVICE or service is None or service.ref.name != bare.host:
        return None
    if service.ref in world.own_services.get(workload.ref, frozenset()):
        return None
    joined = with_sibling(bare, key, known)
    if joined.port is not None and service.port(joined.port):
        return joined
    words = keys.words(key)
    says_connection = bool(words) and (words[-1] in _CONNECTIONS or "".join(words[-2:]) in _CONNECTIONS)
    if says_connection or "-" in bare.host:
        return replace(bare, form=Form.BARE, hint=keys.protocol(key), sure=False)
    return None
