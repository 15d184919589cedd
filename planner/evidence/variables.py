"""The environment of a container as its process sees it: literal, from ConfigMaps, with references expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from planner.model.fields import Path, map_at, maps_at, strings_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.workloads import Container, Workload

_REFERENCE = re.compile(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_META = re.compile(r"metadata\.(labels|annotations)\['([^']{1,300})'\]")
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable as a process sees it, and the field that holds its text."""

    name: str
    value: str
    object: KubeObject
    path: Path


def variables(workload: Workload, container: Container, inventory: Inventory) -> Mapping[str, Variable]:
    """Return the variables of a container whose text can be known, with references expanded.

    Order and precedence follow the kubelet: `envFrom` first, then `env`, later entries win; a literal value sees
    what was set before it, and only that.
    Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go `makeEnvironmentVariables`.
    """
    found: dict[str, Variable] = {}
    for variable in _from_maps(workload, container, inventory):
        found[variable.name] = variable
    for variable in _listed(workload, container, inventory):
        found[variable.name] = _expand(variable, found) if variable.path[-1] == "value" else variable
    return found


def _from_maps(workload: Workload, container: Container, inventory: Inventory) -> Iterator[Variable]:
    for _, entry in maps_at(container.raw, "envFrom"):
        config = inventory.get("ConfigMap", workload.ref.namespace, text_at(entry, "configMapRef", "name"))
        if config:
            for key, value in strings_at(config.raw, "data").items():
                yield Variable(text_at(entry, "prefix") + key, value, config, ("data", key))


def _listed(workload: Workload, container: Container, inventory: Inventory) -> Iterator[Variable]:
    for index, entry in maps_at(container.raw, "env"):
        name, value = text_at(entry, "name"), entry.get("value")
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield Variable(name, str(value), workload.object, (*container.path, "env", index, "value"))
            continue
        own = _downward(text_at(entry, "valueFrom", "fieldRef", "fieldPath"), workload)
        if own:
            yield Variable(name, own, workload.object, (*container.path, "env", index))
            continue
        key = map_at(entry, "valueFrom", "configMapKeyRef")
        config = inventory.get("ConfigMap", workload.ref.namespace, text_at(key, "name"))
        if config and text_at(key, "key") in strings_at(config.raw, "data"):
            yield Variable(
                name, text_at(config.raw, "data", text_at(key, "key")), config, ("data", text_at(key, "key"))
            )


def _downward(field: str, workload: Workload) -> str:
    """Return what the downward API says of every pod of a workload, or an empty string."""
    if field == "metadata.namespace":
        return workload.ref.namespace
    if field == "spec.serviceAccountName":
        return workload.service_account
    match = _META.fullmatch(field)
    return {"labels": workload.labels, "annotations": workload.annotations}[match[1]].get(match[2], "") if match else ""


def _expand(variable: Variable, known: Mapping[str, Variable]) -> Variable:
    if "$" not in variable.value:
        return variable
    return replace(variable, value=expand(variable.value, {name: other.value for name, other in known.items()}))


def expand(text: str, known: Mapping[str, str]) -> str:
    """Put variables into `$(NAME)` references; what is unknown stays as it is, and `$$(NAME)` is `$(NAME)`.

    Source: kubernetes/kubernetes third_party/forked/golang/expansion/expand.go.
    """
    if "$" not in text:
        return text

    def put(match: re.Match[str]) -> str:
        return "$" if match[1] is None else known.get(match[1], match[0])

    return _REFERENCE.sub(put, text)[:_LONGEST]
