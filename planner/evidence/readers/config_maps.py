"""Addresses in the files of ConfigMaps that a workload mounts or loads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from planner.evidence import confidence, config_servers
from planner.evidence.emit import sight
from planner.evidence.mounts import Mounted, argument_names, referenced
from planner.evidence.siblings import with_sibling
from planner.evidence.sighting import Address, Form, Sighting
from planner.evidence.text import config, prometheus, syntaxes
from planner.evidence.world import World
from planner.model.fields import strings_at
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

READER = "config-maps"
_SHOWN, _ONE_WORD = 20, 300
_FLAGS = " arguments"
"""Key of what is no variable: flags that choose a profile."""
KINDS = ("ConfigMap",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in mounted files; of ConfigMaps that nobody uses only what was left out, and why."""
    used: set[tuple[str, str]] = set()
    for workload in world.runners:
        used |= {(workload.ref.namespace, name) for name in referenced(workload)}
        for mounted in world.mounted(workload):
            used.add((mounted.config.ref.namespace, mounted.config.ref.name))
            known = _known(workload, world)
            files = mounted.files
            if config_servers.is_server(workload, world):
                yield from _handed_on(workload, mounted, world)
                continue
            for name in files:
                yield from _file(workload, mounted.config, name, files, known, world)
        yield from _named(workload, used, world)
    yield from _unused(used, world)


def _handed_on(server: Workload, mounted: Mounted, world: World) -> Iterator[Sighting]:
    """Yield what stands in the files of a configuration server as its clients'; the server itself calls none of it."""
    files = mounted.files
    for name in files:
        for client in config_servers.readers_of(name, server, tuple(files), world):
            yield from _file(client, mounted.config, name, files, _known(client, world), world)
        for seen in _file(server, mounted.config, name, files, (), world):
            yield replace(seen, suppressed=seen.suppressed or config_servers.HANDED_ON)


def _known(workload: Workload, world: World) -> tuple[tuple[str, str], ...]:
    """Variables of all containers: which of them runs a mounted script is not known."""
    found: dict[str, str] = {}
    for container in workload.containers:
        found |= world.values(workload, container)
        flags = " ".join(word for _, word in container.words if "spring.profiles" in word)
        if flags:
            found[_FLAGS] = flags
    return tuple(sorted(found.items()))


def _file(
    workload: Workload,
    obj: KubeObject,
    name: str,
    files: Mapping[str, str],
    known: tuple[tuple[str, str], ...],
    world: World,
) -> Iterator[Sighting]:
    text = files[name]
    if prometheus.looks_like(text) and prometheus.jobs(text):
        text = prometheus.without_jobs(text)  # the jobs are the scraping reader's, which knows what a target is
    text = world.links.put(text, workload.ref.namespace)
    for address in _addresses(name, text, known if syntaxes.takes_variables(name, text) else ()):
        if address.form is Form.BARE and len(text) < _ONE_WORD:
            address = with_sibling(address, name, files)  # noqa: PLW2901  (host and port in two files)
        yield sight(READER, workload.ref, address, obj, ("data", name), confidence.FILE)


@lru_cache(maxsize=2048)
def _addresses(name: str, text: str, known: tuple[tuple[str, str], ...]) -> tuple[Address, ...]:
    """Read one file once, however many workloads mount it; each address once, at its first line."""
    found: dict[tuple[object, ...], Address] = {}
    for address in config.read(name, text, dict(known)):
        key = (address.host, address.port, address.scheme, address.form, address.role, address.reason)
        found.setdefault(key, address)
    return tuple(found.values())


def _named(workload: Workload, used: set[tuple[str, str]], world: World) -> Iterator[Sighting]:
    """Yield the addresses of ConfigMaps that an argument names and the program reads through the API."""
    for name in sorted(argument_names(workload)):
        config_map = world.inventory.get("ConfigMap", workload.ref.namespace, name)
        if config_map and (workload.ref.namespace, name) not in used:
            used.add((workload.ref.namespace, name))
            files = strings_at(config_map.raw, "data")
            for key in files:
                yield from _file(workload, config_map, key, files, (), world)


def _unused(used: set[tuple[str, str]], world: World) -> Iterator[Sighting]:
    for obj in world.inventory.of_kind("ConfigMap"):
        if (obj.ref.namespace, obj.ref.name) in used:
            continue
        for name, text in strings_at(obj.raw, "data").items():
            for address in _addresses(name, text, ())[:_SHOWN]:
                if address.form in (Form.URL, Form.PAIR, Form.SPLIT):
                    reason = f"no workload that was read uses ConfigMap {obj.ref.text}"
                    yield sight(READER, None, address, obj, ("data", name), confidence.FILE, suppressed=reason)
