"""The objects of a snapshot, found by what they are and how they refer to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeVar

from planner.model.objects import KubeObject
from planner.model.refs import WORKLOAD_KINDS, Ref
from planner.model.services import Service, as_service
from planner.model.workloads import Workload, as_workload


class Inventory:
    """Read-only index over objects.

    Where the same object was read twice with different content, `get` returns the first in the
    snapshot's own order (which depends on content, not on file names); `of_kind` returns all.
    """

    def __init__(self, objects: Iterable[KubeObject]) -> None:
        self._by_kind: dict[str, list[KubeObject]] = defaultdict(list)
        self._by_ref: dict[Ref, KubeObject] = {}
        for obj in objects:
            self._by_kind[obj.ref.kind].append(obj)
            self._by_ref.setdefault(obj.ref, obj)

    def of_kind(self, *kinds: str) -> tuple[KubeObject, ...]:
        """Return all objects of these kinds, duplicates included, kinds in the order asked."""
        return tuple(obj for kind in kinds for obj in self._by_kind.get(kind, ()))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that were read, sorted."""
        return tuple(sorted(self._by_kind))

    def get(self, kind: str, namespace: str, name: str) -> KubeObject | None:
        """Find one object; cluster-scoped kinds have an empty namespace."""
        return self._by_ref.get(Ref(namespace, name, kind))

    @cached_property
    def variants(self) -> tuple[Workload, ...]:
        """Every reading of every workload, so that evidence in a duplicate is not lost."""
        custom = [kind for kind in self.kinds if kind not in WORKLOAD_KINDS]
        seen = (as_workload(obj) for obj in self.of_kind(*WORKLOAD_KINDS, *custom))
        return tuple(sorted((w for w in seen if w), key=lambda w: w.ref))

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """Each workload once, sorted by name."""
        once: dict[Ref, Workload] = {}
        for workload in self.variants:
            once.setdefault(workload.ref, workload)
        return tuple(once.values())

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Each Service once, sorted by name."""
        once: dict[Ref, Service] = {}
        for service in filter(None, map(as_service, self.of_kind("Service"))):
            once.setdefault(service.ref, service)
        return tuple(once[ref] for ref in sorted(once))

    @cached_property
    def _workload_by_ref(self) -> Mapping[Ref, Workload]:
        return {workload.ref: workload for workload in self.workloads}

    @cached_property
    def _service_by_name(self) -> Mapping[tuple[str, str], Service]:
        return {(service.ref.namespace, service.ref.name): service for service in self.services}

    def workload(self, ref: Ref) -> Workload | None:
        """Find a workload by its name."""
        return self._workload_by_ref.get(ref)

    def service(self, namespace: str, name: str) -> Service | None:
        """Find a Service by its name."""
        return self._service_by_name.get((namespace, name))

    @cached_property
    def _workloads_by_namespace(self) -> Mapping[str, tuple[Workload, ...]]:
        return _by_namespace(self.workloads)

    def workloads_in(self, namespace: str) -> tuple[Workload, ...]:
        """Return the workloads of one namespace."""
        return self._workloads_by_namespace.get(namespace, ())

    @cached_property
    def _services_by_namespace(self) -> Mapping[str, tuple[Service, ...]]:
        return _by_namespace(self.services)

    def services_in(self, namespace: str) -> tuple[Service, ...]:
        """Return the Services of one namespace."""
        return self._services_by_namespace.get(namespace, ())

    @cached_property
    def _behind(self) -> Mapping[Ref, tuple[Workload, ...]]:
        return {
            service.ref: tuple(w for w in self.workloads_in(service.ref.namespace) if service.selects(w.labels))
            for service in self.services
        }

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Return the workloads whose pods a Service selects."""
        return self._behind.get(service.ref, ())

    @cached_property
    def _in_front(self) -> Mapping[Ref, tuple[Service, ...]]:
        found: dict[Ref, list[Service]] = defaultdict(list)
        for service in self.services:
            for workload in self.behind(service):
                found[workload.ref].append(service)
        return {ref: tuple(services) for ref, services in found.items()}

    def in_front_of(self, workload: Workload) -> tuple[Service, ...]:
        """Return the Services that select a workload's pods."""
        return self._in_front.get(workload.ref, ())

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces that are declared or hold a workload or a Service, sorted."""
        declared = {obj.ref.name for obj in self.of_kind("Namespace")}
        used = {w.ref.namespace for w in self.workloads} | {s.ref.namespace for s in self.services}
        return tuple(sorted(declared | used))

    def namespace_labels(self, namespace: str) -> Mapping[str, str] | None:
        """Labels of a namespace; None where no Namespace object was read."""
        obj = self.get("Namespace", "", namespace)
        return None if obj is None else obj.labels


T = TypeVar("T", Workload, Service)


def _by_namespace(things: Iterable[T]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        found[thing.ref.namespace].append(thing)
    return {namespace: tuple(inside) for namespace, inside in found.items()}
