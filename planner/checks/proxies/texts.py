"""The configuration files that a workload can read, from the ConfigMaps that it mounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.checks.context import Context
from planner.model.fields import Path, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.workloads import Workload

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """One file.

    Attributes:
        object: The ConfigMap, or the workload itself for arguments and variables.
        path: Where the text stands in it.
        text: Its contents.
    """

    object: KubeObject
    path: Path
    text: str


def mounted(context: Context, workload: Workload) -> Iterator[Text]:
    """Yield the files of every ConfigMap that a workload mounts."""
    for name in dict.fromkeys(_names(workload)):
        config = context.inventory.get("ConfigMap", workload.ref.namespace, name)
        for key, text in strings_at(config.raw, "data").items() if config else ():
            if config and len(text) <= _LARGEST:
                yield Text(config, ("data", key), text)


def _names(workload: Workload) -> Iterator[str]:
    for _, volume in maps_at(workload.pod_spec, "volumes"):
        yield text_at(volume, "configMap", "name")
        for _, source in maps_at(volume, "projected", "sources"):
            yield text_at(source, "configMap", "name")
