"""Addresses in the files of ConfigMaps that a workload mounts or loads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from planner.evidence import confidence
from planner.evidence.emit import sight
from planner.evidence.mounts import argument_names, referenced
from planner.evidence.sighting import Address, Form, Sighting
from planner.evidence.text import config, prometheus
from planner.evidence.world import World
from planner.model.fields import strings_at
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

READER = "config-maps"
_SHOWN = 20
KINDS = ("ConfigMap",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the addresses in mounted files; of ConfigMaps that nobody uses only what was left out, and why."""
    used: set[tuple[str, str]] = set()
    for workload in world.inventory.variants:
        used |= {(workload.ref.namespace, name) for name in referenced(workload)}
        for mounted in world.mounted(workload):
            used.add((mounted.config.ref.namespace, mounted.config.ref.name))
            known = _known(workload, world)
            for name, text in mounted.files.items():
                yield from _file(workload, mounted.config, name, text, known, world)
        yield from _named(workload, used, world)
    yield from _unused(used, world)


def _known(workload: Workload, world: World) -> tuple[tuple[str, str], ...]:
    """Variables of all containers: which of them runs a mounted script is not known."""
    found: dict[str, str] = {}
    for container in workload.containers:
        found |= world.values(workload, container)
    return tuple(sorted(found.items()))


def _file(
    workload: Workload, obj: KubeObject, name: str, text: str, known: tuple[tuple[str, str], ...], world: World
) -> Iterator[Sighting]:
    if prometheus.looks_like(text) and prometheus.jobs(text):
        text = prometheus.without_jobs(text)  # the jobs are the scraping reader's, which knows what a target is
    text = world.links.put(text, workload.ref.namespace)
    for address in _addresses(name, text, known if "$" in text else ()):
        yield sight(READER, workload.ref, address, obj, ("data", name), confidence.FILE)


@lru_cache(maxsize=2048)
def _addresses(name: str, text: str, known: tuple[tuple[str, str], ...]) -> tuple[Address, ...]:
    """Read one file once, however many workloads mount it; each address once, at its first line."""
    found: dict[tuple[str, int | None, str, Form, object], Address] = {}
    for address in config.read(name, text, dict(known)):
        found.setdefault((address.host, address.port, address.scheme, address.form, address.role), address)
    return tuple(found.values())


def _named(workload: Workload, used: set[tuple[str, str]], world: World) -> Iterator[Sighting]:
    """Yield the addresses of ConfigMaps that an argument names and the program reads through the API."""
    for name in sorted(argument_names(workload)):
        config_map = world.inventory.get("ConfigMap", workload.ref.namespace, name)
        if config_map and (workload.ref.namespace, name) not in used:
            used.add((workload.ref.namespace, name))
            for key, text in strings_at(config_map.raw, "data").items():
                yield from _file(workload, config_map, key, text, (), world)


def _unused(used: set[tuple[str, str]], world: World) -> Iterator[Sighting]:
    for obj in world.inventory.of_kind("ConfigMap"):
        if (obj.ref.namespace, obj.ref.name) in used:
            continue
        for name, text in strings_at(obj.raw, "data").items():
            for address in _addresses(name, text, ())[:_SHOWN]:
                if address.form in (Form.URL, Form.PAIR, Form.SPLIT):
                    reason = f"no workload that was read uses ConfigMap {obj.ref.text}"
                    yield sight(READER, None, address, obj, ("data", name), confidence.FILE, suppressed=reason)
