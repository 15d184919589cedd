"""Service ports with what stands behind them: the container port, and what Istio takes the port for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.checks.context import Context
from planner.mesh.protocol import Declared
from planner.model.fields import Path, int_at, maps_at, text_at
from planner.model.services import Service, ServicePort
from planner.model.workloads import Container, Workload


@dataclass(frozen=True, slots=True, eq=False)
class Backend:
    """The container port of one workload that a Service port leads to.

    Attributes:
        workload: The workload.
        number: Port that the container listens on; None where the Service names a port that no container declares.
        name: Name of the container port, or an empty string.
        container: Container that declares it, or the only one that runs; None where that is not clear.
        path: Where the container port is declared, else where the container stands.
    """

    workload: Workload
    number: int | None
    name: str
    container: Container | None
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """One Service port.

    Attributes:
        service: The Service.
        port: The port.
        declared: What Istio takes it for.
        backends: What it leads to, one for each workload that is selected.
    """

    service: Service
    port: ServicePort
    declared: Declared
    backends: tuple[Backend, ...]

    @property
    def path(self) -> Path:
        """Where the port stands in the Service."""
        return ("spec", "ports", self.port.index)

    @property
    def field(self) -> Path:
        """Where its protocol is told: `appProtocol`, else the name, else the port itself."""
        if self.port.app_protocol is not None:
            return (*self.path, "appProtocol")
        return (*self.path, "name") if self.port.name else (*self.path, "port")

    @property
    def detail(self) -> str:
        """The number, with the transport where it is not TCP."""
        return str(self.port.number) if self.port.l4 == "TCP" else f"{self.port.number}/{self.port.l4}"

    @property
    def text(self) -> str:
        """The port in words: `port 8080 (web)`."""
        name = f" ({self.port.name})" if self.port.name else ""
        return f"port {self.port.number}{name}"


def exposed(context: Context) -> tuple[Exposed, ...]:
    """Return every port of every Service."""
    services = context.services
    found = context.once(_exposed)
    return found if services else ()


def _exposed(context: Context) -> tuple[Exposed, ...]:
    return tuple(
        Exposed(service, port, context.declared(port), tuple(backend(w, port) for w in context.behind(service)))
        for service in context.services
        if service.type != "ExternalName"
        for port in service.ports
    )


def backend(workload: Workload, port: ServicePort) -> Backend:
    """Find the container port of a workload that a Service port leads to."""
    for container, path, raw in container_ports(workload):
        number, name = int_at(raw, "containerPort"), text_at(raw, "name")
        if port.target in (number, name) and (text_at(raw, "protocol") or "TCP") == port.l4:
            return Backend(workload, number, name, container, path)
    running = [container for container in workload.containers if not container.init]
    only = running[0] if len(running) == 1 else None
    path = only.path if only else (*workload.template_path, "spec", "containers")
    number = port.target if isinstance(port.target, int) else None
    return Backend(workload, number, "", only, path)


def container_ports(workload: Workload) -> Iterator[tuple[Container, Path, Mapping[str, Any]]]:
    """Yield the declared ports of the containers that keep running, with where each stands."""
    for container in workload.containers:
        if container.init and not container.sidecar:
            continue
        for index, raw in maps_at(container.raw, "ports"):
            yield container, (*container.path, "ports", index), raw
