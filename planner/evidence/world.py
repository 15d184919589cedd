"""Everything that a reader may ask: the objects, the resolver, the settings, and what is derived from them once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from planner.evidence.controllers import Controllers
from planner.evidence.hosts import Hosts
from planner.evidence.mounts import Mounted, mounted
from planner.evidence.rbac import Access
from planner.evidence.service_links import ServiceLinks
from planner.evidence.tasks import tasks
from planner.evidence.variables import Variable, variables
from planner.model.fields import maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.refs import Ref
from planner.model.services import Service, ServicePort
from planner.model.snapshot import Snapshot
from planner.model.workloads import Container, Workload
from planner.settings import Settings


class World:
    """Read-only view that readers share; what is costly is made once and kept.

    Args:
        snapshot: What was read.
        settings: What the user said.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings) -> None:
        self.inventory: Inventory = snapshot.inventory
        self.settings = settings
        self.hosts = Hosts(self.inventory, settings.cluster_domain or "")
        self._variables: dict[int, Mapping[str, Variable]] = {}
        self._values: dict[int, Mapping[str, str]] = {}
        self._mounted: dict[int, tuple[Mounted, ...]] = {}

    def variables(self, workload: Workload, container: Container) -> Mapping[str, Variable]:
        """Return the known variables of a container."""
        key = id(container.raw)
        if key not in self._variables:
            self._variables[key] = variables(workload, container, self.inventory)
        return self._variables[key]

    def values(self, workload: Workload, container: Container) -> Mapping[str, str]:
        """Return the known variables of a container as plain text."""
        key = id(container.raw)
        if key not in self._values:
            known = self.variables(workload, container)
            self._values[key] = {name: variable.value for name, variable in known.items()}
        return self._values[key]

    def mounted(self, workload: Workload) -> tuple[Mounted, ...]:
        """Return the ConfigMaps whose files a workload can read."""
        key = id(workload.object)
        if key not in self._mounted:
            self._mounted[key] = mounted(workload, self.inventory)
        return self._mounted[key]

    @cached_property
    def runners(self) -> tuple[Workload, ...]:
        """Every reading of every workload, and the custom resources that hold containers."""
        return (*self.inventory.variants, *tasks(self.inventory))

    @cached_property
    def links(self) -> ServiceLinks:
        """Variables that the kubelet adds for Services."""
        return ServiceLinks(self.inventory)

    @cached_property
    def service_names(self) -> Mapping[str, frozenset[str]]:
        """Names of the Services of each namespace."""
        found: dict[str, set[str]] = defaultdict(set)
        for service in self.inventory.services:
            found[service.ref.namespace].add(service.ref.name)
        return {namespace: frozenset(names) for namespace, names in found.items()}

    @cached_property
    def controllers(self) -> Controllers:
        """Ingress controllers and gateways among the workloads."""
        return Controllers(self.inventory)

    @cached_property
    def access(self) -> Access:
        """Who may ask the API server for what."""
        return Access(self.inventory)

    @cached_property
    def public_hosts(self) -> frozenset[str]:
        """Host names that an Ingress of this cluster serves."""
        return frozenset(
            text_at(rule, "host").lower()
            for ingress in self.inventory.of_kind("Ingress")
            for _, rule in maps_at(ingress.raw, "spec", "rules")
        )

    @cached_property
    def own_services(self) -> Mapping[Ref, frozenset[Ref]]:
        """Services in front of each workload."""
        found: dict[Ref, set[Ref]] = defaultdict(set)
        for service in self.inventory.services:
            for workload in self.inventory.behind(service):
                if not workload.ends:  # a Job or a test that carries its application's labels calls it
                    found[workload.ref].add(service.ref)
        return {ref: frozenset(services) for ref, services in found.items()}

    def service_for(self, workload: Workload, port: int | str) -> tuple[Service, ServicePort] | None:
        """Find the Service and its port that lead to a container port of a workload."""
        numbers = {port, *(number for name, number in container_ports(workload).items() if name == port)}
        names = {name for name, number in container_ports(workload).items() if number == port}
        for service in self.inventory.in_front_of(workload):
            for known in service.ports:
                if known.target in numbers | names:
                    return service, known
        return None


def container_ports(workload: Workload) -> Mapping[str, int]:
    """Named ports of all containers of a workload."""
    return {
        name: number
        for container in workload.containers
        for port in container.ports
        if isinstance(name := port.get("name"), str) and isinstance(number := port.get("containerPort"), int)
    }


def container_of(workload: Workload, target: int | str) -> Container | None:
    """Find the container that declares a port; the only container where none declares it."""
    for container in workload.containers:
        for port in container.ports:
            if target in (port.get("containerPort"), port.get("name")):
                return container
    running = [container for container in workload.containers if not container.init]
    return running[0] if len(running) == 1 else None
