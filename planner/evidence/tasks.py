"""Custom resources that hold containers without being a workload: steps of workflows and pipelines, parts of clusters.

An operator makes pods of them, so the resource itself is the caller. Containers are found by their form, wherever they
stand: a mapping with an `image` and something to run or to set.
Source: Argo Workflows (`templates[].container`, `.script.source`), Tekton (`steps[].script`), Ray, Flink, Kubeflow,
KServe, Seldon, KEDA (`jobTargetRef.template`), Spark (`arguments`, `driver.configMaps`, `hadoopConfigMap`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.evidence.patterns import strings
from planner.model.fields import Path, list_at, map_at, text_at
from planner.model.inventory import Inventory
from planner.model.refs import WORKLOAD_KINDS
from planner.model.workloads import Container, Workload, as_workload

RUNS = frozenset(("command", "args", "arguments", "env", "envFrom", "script", "source"))
"""Fields that say what a container runs."""
_SCRIPTS = ("script", "source")
_FOR_OTHERS = frozenset(("Instrumentation", "PodDefault", "SidecarSet", "PodPreset", "Component", "Sidecar"))
"""Kinds whose containers and variables go into the pods of others: never callers themselves."""
_NO_TASKS = _FOR_OTHERS.union(WORKLOAD_KINDS)
_MOST, _DEEPEST = 4000, 16


@dataclass(frozen=True, eq=False)
class Step(Container):
    """A container that may hold its script in a field of its own."""

    @property
    def words(self) -> tuple[tuple[Path, str], ...]:
        """Command and arguments, or the script as a shell would be given it."""
        script = next((name for name in _SCRIPTS if text_at(self.raw, name)), "")
        if not script:
            given = enumerate(list_at(self.raw, "arguments"))
            more = (((*self.path, "arguments", index), word) for index, word in given if isinstance(word, str))
            return (*super().words, *more)
        return ((*self.path, script), "sh"), ((*self.path, script), text_at(self.raw, script))


@dataclass(frozen=True, eq=False)
class Task(Workload):
    """A custom resource seen as something that runs pods."""

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Every container in the resource, in the order written."""
        return tuple(_containers(self.object.raw))

    @cached_property
    def config_maps(self) -> tuple[str, ...]:
        """Names of the ConfigMaps that the resource refers to, under whatever key, sorted."""
        return tuple(sorted({name for path, _, name in strings(map_at(self.object.raw, "spec")) if _names_map(path)}))


def tasks(inventory: Inventory) -> tuple[Task, ...]:
    """Return the custom resources that hold containers and are no workloads, sorted."""
    found: list[Task] = []
    for kind in inventory.kinds:
        for obj in inventory.of_kind(kind) if kind not in _NO_TASKS else ():
            if "." in obj.group and map_at(obj.raw, "spec") and not as_workload(obj):
                task = Task(obj, ())
                found += [task] if task.containers else []
    return tuple(sorted(found, key=lambda task: task.ref))


def _containers(raw: Any) -> Iterator[Container]:
    waiting: list[tuple[Path, Any]] = [(("spec",), map_at(raw, "spec"))]
    seen = 0
    while waiting and seen < _MOST:
        path, value = waiting.pop()
        seen += 1
        if len(path) > _DEEPEST:
            continue
        if isinstance(value, dict):
            if isinstance(value.get("image"), str) and RUNS & value.keys():
                yield Step(text_at(value, "name"), value, path, "initContainers" in path, sidecar=False)
                value = {key: child for key, child in value.items() if key not in RUNS}
            waiting += [((*path, str(key)), child) for key, child in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((*path, index), child) for index, child in reversed(list(enumerate(value)))]


def _names_map(path: Path) -> bool:
    """Whether a field names a ConfigMap: `configMap.name`, `configMaps[].name`, `hadoopConfigMap`, `configMapName`."""
    keys = [step for step in path if isinstance(step, str)]
    last, before = keys[-1] if keys else "", keys[-2] if len(keys) > 1 else ""
    return last.endswith(("ConfigMap", "configMapName")) or (last == "name" and before in ("configMap", "configMaps"))
