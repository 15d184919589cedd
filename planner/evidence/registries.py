"""Workloads that look their callees up while they run: in a service registry, or through a sidecar."""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.world import World
from planner.model.workloads import Workload

_REGISTRIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Eureka", re.compile(r"eureka")),
    ("Consul", re.compile(r"consul(?!_token)")),
    ("Nacos", re.compile(r"nacos")),
    ("ZooKeeper", re.compile(r"zookeeper://|(?:dubbo|registry|discovery|cloud)\w{0,40}[_.=: ]{1,3}\w{0,40}zookeeper")),
    ("etcd", re.compile(r"(?:registry|discovery)\w{0,40}[=_.: ]{1,3}\w{0,20}etcd|etcd\w{0,20}(?:registry|discovery)")),
    (
        "the Kubernetes API",
        re.compile(
            r"kubernetes[-_.]discovery|discovery[-_.]kubernetes|registry=kubernetes|cloud[_.]kubernetes[_.]discovery"
        ),
    ),
)
"""How a setting names a registry, in lower case as `name=value`.

Sources: Spring Cloud (Netflix Eureka, Consul, ZooKeeper, Kubernetes), Alibaba Nacos, Apache Dubbo, go-micro.
"""
_TELLING = ("eureka", "consul", "nacos", "registry", "discovery")
_LINE = re.compile(r"[\s\-{,\"']{0,80}([a-z][\w.\-/]{0,120})[\"']?\s{0,20}[:=]\s{0,20}[\"']?([^\s\"',]{1,300})")
_LONGEST = 400_000
_BARE = ("kubernetes", "etcd", "consul", "eureka", "nacos", "zookeeper")
_VALUE = re.compile(r"[.:]|^(?:true|kubernetes|etcd|consul|eureka|nacos|zookeeper)$")
"""An address, a switch, or the name of the product where a key asks for it."""


def registry(workload: Workload, world: World) -> str:
    """Say how a workload finds its callees while it runs, or return an empty string."""
    if workload.annotations.get("dapr.io/enabled") == "true":
        return "calls others through its Dapr sidecar, by the names of their apps"
    for name, value in _settings(workload, world):
        said = f"{name}={value[:300]}".lower()
        named = any(word in name.lower() for word in ("registry", "discovery"))
        if "false" in said or not _VALUE.search(value[:300]) or (value.lower() in _BARE and not named):
            continue
        for known, pattern in _REGISTRIES:
            if pattern.search(said):
                return f"looks its callees up in {known} while it runs"
    return ""


def _settings(workload: Workload, world: World) -> Iterator[tuple[str, str]]:
    for container in workload.containers:
        yield from world.values(workload, container).items()
        for _, word in container.words:
            name, equals, value = word.partition("=")
            if equals and len(word) < 1000:
                yield name.lstrip("-"), value
    for mounted in world.mounted(workload):
        for text in mounted.files.values():
            lowered = text[:_LONGEST].lower()
            if any(word in lowered for word in _TELLING):
                yield from _lines(lowered)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and values of the lines of a file that name a registry."""
    for line in text.splitlines():
        match = _LINE.match(line) if any(word in line for word in _TELLING) else None
        if match:
            yield match[1], match[2]
