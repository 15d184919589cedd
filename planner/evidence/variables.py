"""The environment of a container as its process sees it: literal, from ConfigMaps, with references expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from planner.model.fields import Path, map_at, maps_at, strings_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.services import Service
from planner.model.workloads import Container, Workload

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_LINK = re.compile(r"\$[({]?([A-Z][A-Z0-9_]{0,200}?)_SERVICE_(HOST|PORT)(?:_([A-Z0-9_]{1,60}))?(?![A-Za-z0-9_])[)}]?")
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

    Order and precedence follow the kubelet: `envFrom` first, then `env`, later entries win.
    Source: kubernetes/kubernetes pkg/kubelet/kubelet_pods.go `makeEnvironmentVariables`.
    """
    found: dict[str, Variable] = {}
    for variable in (*_from_maps(workload, container, inventory), *_listed(workload, container, inventory)):
        found[variable.name] = variable
    return {name: _expand(variable, found) for name, variable in found.items()}


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
        own = text_at(entry, "valueFrom", "fieldRef", "fieldPath")
        if own == "metadata.namespace":
            yield Variable(name, workload.ref.namespace, workload.object, (*container.path, "env", index))
            continue
        key = map_at(entry, "valueFrom", "configMapKeyRef")
        config = inventory.get("ConfigMap", workload.ref.namespace, text_at(key, "name"))
        if config and text_at(key, "key") in strings_at(config.raw, "data"):
            yield Variable(
                name, text_at(config.raw, "data", text_at(key, "key")), config, ("data", text_at(key, "key"))
            )


def _expand(variable: Variable, known: Mapping[str, Variable]) -> Variable:
    value = (
        expand(variable.value, {name: other.value for name, other in known.items()}) if "$(" in variable.value else None
    )
    return variable if value is None else Variable(variable.name, value, variable.object, variable.path)


def expand(text: str, known: Mapping[str, str]) -> str:
    """Put variables into `$(NAME)` references; what is unknown stays as it is."""
    return _REFERENCE.sub(lambda match: known.get(match[1], match[0]), text)[:_LONGEST]


class ServiceLinks:
    """The variables that the kubelet adds for every Service of a pod's namespace: `REDIS_SERVICE_HOST`.

    Source: kubernetes/kubernetes pkg/kubelet/envvars/envvars.go `FromServices`.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._services = {(s.ref.namespace, _link_name(s.ref.name)): s for s in inventory.services}

    def put(self, text: str, namespace: str) -> str:
        """Replace the names of such variables in a text by the Service's name and port."""
        if "_SERVICE_" not in text:
            return text

        def value(match: re.Match[str]) -> str:
            if match[1] == "KUBERNETES":
                return "kubernetes.default.svc" if match[2] == "HOST" else "443"
            service = self._services.get((namespace, match[1]))
            return (service and _link_value(service, match[2], match[3] or "")) or match[0]

        return _LINK.sub(value, text)


def _link_name(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _link_value(service: Service, part: str, port_name: str) -> str:
    if part == "HOST":
        return service.ref.name
    ports = [p for p in service.ports if not port_name or _link_name(p.name) == port_name]
    return str(ports[0].number) if ports else ""
