"""Which files of which ConfigMaps a workload can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.evidence.tasks import Task
from planner.model.fields import map_at, maps_at, strings_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.workloads import Container, Workload


@dataclass(frozen=True, slots=True)
class Mounted:
    """One ConfigMap of one workload.

    Attributes:
        config: The ConfigMap.
        keys: Keys that are mounted; None for all of them.
    """

    config: KubeObject
    keys: frozenset[str] | None = None

    @property
    def files(self) -> Mapping[str, str]:
        """Contents by key."""
        data = strings_at(self.config.raw, "data")
        return data if self.keys is None else {key: text for key, text in data.items() if key in self.keys}


def mounted(workload: Workload, inventory: Inventory) -> tuple[Mounted, ...]:
    """Return the ConfigMaps that a workload mounts (also projected), names in arguments, or loads by label."""
    found: dict[tuple[str, frozenset[str] | None], Mounted] = {}
    for item in (*_volumes(workload, inventory), *_by_label(workload, inventory), *_of_task(workload, inventory)):
        found.setdefault((item.config.ref.text, item.keys), item)
    return tuple(found.values())


def _of_task(workload: Workload, inventory: Inventory) -> Iterator[Mounted]:
    """Yield the ConfigMaps that a custom resource with containers names."""
    for name in workload.config_maps if isinstance(workload, Task) else ():
        config = inventory.get("ConfigMap", workload.ref.namespace, name)
        if config:
            yield Mounted(config)


def _volumes(workload: Workload, inventory: Inventory) -> Iterator[Mounted]:
    used = _used_volumes(workload)
    for _, volume in maps_at(workload.pod_spec, "volumes"):
        name = text_at(volume, "name")
        if name not in used:
            continue
        parts = [map_at(volume, "configMap")]
        parts += [map_at(source, "configMap") for _, source in maps_at(volume, "projected", "sources")]
        for part in parts:
            config = inventory.get("ConfigMap", workload.ref.namespace, text_at(part, "name"))
            if config:
                yield Mounted(config, _keys(part, used[name]))


def _used_volumes(workload: Workload) -> dict[str, frozenset[str] | None]:
    """Map each mounted volume to the sub-paths that are mounted; None where the whole volume is."""
    found: dict[str, frozenset[str] | None] = {}
    for container in workload.containers:
        for _, mount in maps_at(container.raw, "volumeMounts"):
            name, part = text_at(mount, "name"), text_at(mount, "subPath")
            before = found.get(name, frozenset())
            found[name] = before | {part.strip("/")} if part and before is not None else None
    return found


def _keys(part: Mapping[str, Any], sub_paths: frozenset[str] | None) -> frozenset[str] | None:
    items = {text_at(item, "path"): text_at(item, "key") for _, item in maps_at(part, "items")}
    if sub_paths is None:
        return frozenset(items.values()) if items else None
    return frozenset(items.get(path, path) for path in sub_paths)


def _by_label(workload: Workload, inventory: Inventory) -> Iterator[Mounted]:
    """Yield ConfigMaps that a sidecar loads by label for the containers beside it.

    Source: kiwigrid/k8s-sidecar: variables LABEL, LABEL_VALUE, RESOURCE and NAMESPACE.
    """
    for container in workload.containers:
        given = _literals(container)
        label = given.get("LABEL", "")
        if not label or "FOLDER" not in given or given.get("RESOURCE", "configmap") == "secret":
            continue
        everywhere = given.get("NAMESPACE") == "ALL"
        for config in inventory.of_kind("ConfigMap"):
            value = config.labels.get(label)
            here = everywhere or config.ref.namespace == given.get("NAMESPACE", workload.ref.namespace)
            if value is not None and here and given.get("LABEL_VALUE", value) in (value, ""):
                yield Mounted(config)


def _literals(container: Container) -> dict[str, str]:
    return {text_at(e, "name"): text_at(e, "value") for _, e in maps_at(container.raw, "env")}


def referenced(workload: Workload) -> frozenset[str]:
    """Names of all ConfigMaps that a workload refers to in whatever way."""
    names = {text_at(v, "configMap", "name") for _, v in maps_at(workload.pod_spec, "volumes")}
    names |= set(workload.config_maps) if isinstance(workload, Task) else set()
    for _, volume in maps_at(workload.pod_spec, "volumes"):
        names |= {text_at(source, "configMap", "name") for _, source in maps_at(volume, "projected", "sources")}
    for container in workload.containers:
        names |= {text_at(e, "configMapRef", "name") for _, e in maps_at(container.raw, "envFrom")}
        names |= {text_at(e, "valueFrom", "configMapKeyRef", "name") for _, e in maps_at(container.raw, "env")}
    return frozenset(name for name in names if name)


def argument_names(workload: Workload) -> frozenset[str]:
    """Words of all arguments that could be the name of a ConfigMap (`--configmap=$(POD_NAMESPACE)/name`)."""
    words: set[str] = set()
    for container in workload.containers:
        for _, word in container.words:
            if "=" in word and len(word) < 300 and "config" in word.lower():
                words.add(word.rpartition("=")[2].rpartition("/")[2])
    return frozenset(words)
