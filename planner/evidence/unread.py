"""What hides callees of a workload although something points at them: Secrets, and names that are made later."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.sighting import Role
from planner.evidence.text import keys
from planner.evidence.variables import expand
from planner.evidence.world import World
from planner.model.fields import map_at, maps_at, text_at
from planner.model.workloads import Container, Workload

_CONNECTION = re.compile(r"conn(?:ection)?[-_.]?str(?:ing)?|dsn|jdbc|connection[-_.]?ur[li]", re.IGNORECASE)
_FILE = re.compile(r"\.(?:ya?ml|json|properties|conf|cfg|ini|toml|env|xml)$|^\.?env$|^config$", re.IGNORECASE)
_MADE = re.compile(r"(?:://(?![^/\s?#]{0,300}@)|@)[\w.\-]{0,100}(?:\$[{(](\w{1,80})|\{\{|\{\w{1,40}\}|%s|<\w{1,40}>)")
"""A host that holds a placeholder; one in the user's name or password before it does not count."""


def generated(workload: Workload, world: World) -> tuple[str, ...]:
    """Return the settings whose host is put together while the program runs, without their values' tails."""
    found: list[str] = []
    for container in workload.containers:
        known, own = world.values(workload, container), _own_address(container)
        words = ((str(path[-2]), expand(word, known)) for path, word in container.words if "\n" not in word)
        for name, value in (*known.items(), *words):
            text = world.links.put(value, workload.ref.namespace, known)[:2000]
            made = _MADE.search(text)
            if made and made[1] not in own:
                found.append(f"{name}: {made[0].removeprefix('://').removeprefix('@')}…")
    return tuple(dict.fromkeys(found))


def _own_address(container: Container) -> frozenset[str]:
    """Return the variables that hold the pod's or the node's address, or an address in a Secret, told elsewhere."""
    found = {"HOSTNAME", "POD_IP", "POD_NAME", "NODE_IP", "NODE_NAME", "HOST_IP"}
    for _, entry in maps_at(container.raw, "env"):
        name, source = text_at(entry, "name"), map_at(entry, "valueFrom")
        if "fieldRef" in source or ("secretKeyRef" in source and _is_address(name)):
            found.add(name)
    return frozenset(found)


def secrets(workload: Workload, world: World) -> tuple[str, ...]:
    """Return the Secret keys whose name, or whose variable's name, says that they hold an address or a configuration.

    Never a value: none is ever read.
    """
    found: list[str] = []
    for container in workload.containers:
        found += _variables(workload, container, world)
    for secret, items in _volumes(workload):
        wanted = items or _keys(workload, secret, world)
        found += [f"Secret {secret} key {key}" for key in wanted if _FILE.search(key) or _is_address(key)]
    return tuple(dict.fromkeys(found))


def secret_names(workload: Workload) -> tuple[str, ...]:
    """Return the names of all Secrets that a workload loads or mounts, sorted."""
    names = {secret for secret, _ in _volumes(workload)}
    for container in workload.containers:
        names |= {text_at(entry, "secretRef", "name") for _, entry in maps_at(container.raw, "envFrom")}
        names |= {text_at(e, "valueFrom", "secretKeyRef", "name") for _, e in maps_at(container.raw, "env")}
    return tuple(sorted(names - {""}))


def _variables(workload: Workload, container: Container, world: World) -> Iterator[str]:
    for _, entry in maps_at(container.raw, "env"):
        reference = map_at(entry, "valueFrom", "secretKeyRef")
        name, key = text_at(reference, "name"), text_at(reference, "key")
        if name and (_is_address(text_at(entry, "name")) or _is_address(key)):
            yield f"Secret {name} key {key}"
    for _, entry in maps_at(container.raw, "envFrom"):
        name = text_at(entry, "secretRef", "name")
        yield from (f"Secret {name} key {key}" for key in _keys(workload, name, world) if _is_address(key))


def _keys(workload: Workload, secret: str, world: World) -> tuple[str, ...]:
    obj = world.inventory.get("Secret", workload.ref.namespace, secret)
    return tuple(sorted({*map_at(obj.raw, "data"), *map_at(obj.raw, "stringData")})) if obj else ()


def _volumes(workload: Workload) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each mounted Secret with the keys that are chosen from it; no keys mean all."""
    for _, volume in maps_at(workload.pod_spec, "volumes"):
        parts = [(map_at(volume, "secret"), "secretName")]
        parts += [(map_at(source, "secret"), "name") for _, source in maps_at(volume, "projected", "sources")]
        for part, field in parts:
            if text_at(part, field):
                items = tuple(text_at(item, "key") for _, item in maps_at(part, "items"))
                yield text_at(part, field), items


def _is_address(name: str) -> bool:
    return bool(_CONNECTION.search(name)) or (keys.surely_means_host(name) and keys.role(name) is Role.TARGET)
