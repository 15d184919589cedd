"""The mesh at one moment as its proxies see it: Services, pods, and the objects of Istio that are in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

from planner.mesh.peers import MeshSettings, Peer
from planner.mesh.protocol import Protocol, declared
from planner.model.fields import list_at, map_at, text_at
from planner.model.refs import Ref
from planner.model.services import Service, ServicePort

Raw = Mapping[str, Any]
Answer = TypeVar("Answer")

KINDS = ("AuthorizationPolicy", "DestinationRule", "PeerAuthentication", "ServiceEntry", "Sidecar", "VirtualService")
"""Kinds of Istio that decide what happens to a call."""

HANGS_ON: Mapping[str, frozenset[str]] = {
    "door": frozenset({"PeerAuthentication", "Service"}),
    "aliases": frozenset({"Service", "VirtualService"}),
    "entries": frozenset({"ServiceEntry"}),
    "http services": frozenset({"Service", "Sidecar"}),
    "listener": frozenset({"Service", "ServiceEntry", "Sidecar"}),
    "opaque": frozenset({"ServiceEntry", "Sidecar"}),
    "rule": frozenset({"DestinationRule"}),
    "sending": frozenset({"DestinationRule", "Service", "ServiceEntry", "Sidecar", "VirtualService"}),
    "virtual services": frozenset({"VirtualService"}),
    "visible entries": frozenset({"ServiceEntry", "Sidecar"}),
}
"""Kinds of objects on which the answer to each question of `MeshView.remember` hangs; a question that is not here is
asked anew after every change."""

_FOR_ALL = ("aliases", "entries", "http services", "virtual services")
"""Questions whose answers are not for one namespace."""


class MeshView:
    """Services, pods behind them, and mesh objects, indexed for the questions that a call raises.

    Args:
        settings: What holds for the whole mesh.
        services: Every Service.
        behind: Gives the pods that a Service sends to, and those pods' proxies at this moment.
        objects: Raw objects of `KINDS`, by kind, each with `metadata.namespace`.
        before: A view of a moment before, with the same pods: answers that hang on nothing that changed are kept.
        changed: Kinds of which some object differs from then (`Service` among them), each with the namespaces whose
            proxies see the difference; None for all.
    """

    def __init__(
        self,
        settings: MeshSettings,
        services: Iterable[Service],
        behind: Callable[[Service], tuple[Peer, ...]],
        objects: Mapping[str, Iterable[Raw]],
        before: MeshView | None = None,
        changed: Mapping[str, frozenset[str] | None] | None = None,
    ) -> None:
        self.settings = settings
        self.services = tuple(services)
        self.behind = behind
        self._objects = {
            kind: before.of_kind(kind)
            if before and kind not in (changed or {})
            else tuple(sorted(objects.get(kind, ()), key=age))
            for kind in KINDS
        }
        self._questions: dict[str, dict[tuple[object, ...], Any]] = {}
        if before is not None:
            self._keep(before, changed or {})

    def _keep(self, before: MeshView, changed: Mapping[str, frozenset[str] | None]) -> None:
        """Take over the answers to questions that hang on nothing that changed."""
        for question, answers in before._questions.items():
            relevant = [seen for kind, seen in changed.items() if kind in HANGS_ON.get(question, changed.keys())]
            if not relevant:
                self._questions[question] = answers
            elif None not in relevant and question not in _FOR_ALL:
                gone = frozenset().union(*(seen for seen in relevant if seen is not None))
                self._questions[question] = {key: answers[key] for key in answers if key[1] not in gone}
        if "Service" not in changed:
            kept = (
                "_services_by_port", "_services_by_namespace", "_in_front", "_service_by_host", "_places",
                "_places_by_address", "_protocols", "any_export",
            )  # fmt: skip
            self.__dict__.update({name: before.__dict__[name] for name in kept if name in before.__dict__})

    def of_kind(self, kind: str) -> tuple[Raw, ...]:
        """Return the objects of a kind, oldest first: where two collide, the oldest wins."""
        return self._objects[kind]

    def in_namespace(self, kind: str, namespace: str) -> tuple[Raw, ...]:
        """Return the objects of a kind in one namespace, oldest first."""
        return self._by_namespace.get((kind, namespace), ())

    @cached_property
    def _by_namespace(self) -> Mapping[tuple[str, str], tuple[Raw, ...]]:
        found: dict[tuple[str, str], list[Raw]] = defaultdict(list)
        for kind, objects in self._objects.items():
            for raw in objects:
                found[kind, namespace_of(raw)].append(raw)
        return {key: tuple(objects) for key, objects in found.items()}

    def host_of(self, service: Service) -> str:
        """Give the full name of a Service."""
        return f"{service.ref.name}.{service.ref.namespace}.svc.{self.settings.cluster_domain}"

    @cached_property
    def _service_by_host(self) -> Mapping[str, Service]:
        return {self.host_of(service): service for service in self.services}

    def service_of(self, host: str) -> Service | None:
        """Find a Service by its full name."""
        return self._service_by_host.get(host)

    def services_on(self, port: int | None) -> tuple[Service, ...]:
        """Return the Services that have a port of this number."""
        return self._services_by_port.get(port, ())

    @cached_property
    def _services_by_port(self) -> Mapping[int | None, tuple[Service, ...]]:
        found: dict[int | None, list[Service]] = defaultdict(list)
        for service in self.services:
            for number in {port.number for port in service.ports}:
                found[number].append(service)
        return {number: tuple(services) for number, services in found.items()}

    @cached_property
    def any_export(self) -> bool:
        """Whether some Service is not seen from everywhere."""
        return any("networking.istio.io/exportTo" in service.object.annotations for service in self.services)

    @cached_property
    def picks_callers(self) -> bool:
        """Whether some rule tells callers of one namespace apart, by the labels of their pods."""
        picked = (*self.of_kind("DestinationRule"), *self.of_kind("Sidecar"))
        return bool(self.of_kind("VirtualService")) or any(map_at(raw, "spec", "workloadSelector") for raw in picked)

    def services_like(self, host: str, namespace: str) -> tuple[Service, ...]:
        """Return the Services that some form of a Host may name for a caller of a namespace, in their own order.

        A form is a name with or without namespace and domain, one of a pod of a headless Service, or an address.
        """
        name = host.lower().rpartition(":")[0] if host.count(":") == 1 else host.lower()
        labels = name.split(".")
        pairs = {(labels[0], namespace), *pairwise(labels)}
        found = {number for pair in pairs if (number := self._places.get(pair)) is not None}
        found.update(self._places_by_address.get(name.strip("[]"), ()))
        # An ExternalName leads to what it stands for.
        behind = (self.service_of(self.services[number].external_name.lower().rstrip(".")) for number in tuple(found))
        found.update(self._places[s.ref.name, s.ref.namespace] for s in behind if s is not None)
        return tuple(self.services[number] for number in sorted(found))

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], int]:
        return {(s.ref.name, s.ref.namespace): number for number, s in enumerate(self.services)}

    @cached_property
    def _places_by_address(self) -> Mapping[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, service in enumerate(self.services):
            for address in service.addresses:
                found[address].append(number)
        return {address: tuple(numbers) for address, numbers in found.items()}

    def in_front_of(self, peer: Peer) -> tuple[Service, ...]:
        """Return the Services that send to a pod, the oldest first."""
        if peer.ref not in self._in_front:
            own = self._services_by_namespace.get(peer.ref.namespace, ())
            self._in_front[peer.ref] = tuple(service for service in own if service.selects(peer.labels))
        return self._in_front[peer.ref]

    @cached_property
    def _in_front(self) -> dict[Ref, tuple[Service, ...]]:
        return {}

    @cached_property
    def _services_by_namespace(self) -> Mapping[str, tuple[Service, ...]]:
        found: dict[str, list[Service]] = defaultdict(list)
        for service in sorted(self.services, key=lambda s: age(s.object.raw)):
            found[service.ref.namespace].append(service)
        return {name: tuple(services) for name, services in found.items()}

    def remember(self, key: tuple[str, *tuple[object, ...]], answer: Callable[[], Answer]) -> Answer:
        """Work out an answer once for this view.

        Args:
            key: The question (see `HANGS_ON`), the namespace whose proxies it concerns, and the rest of the subject.
            answer: Works it out.
        """
        answers = self._questions.setdefault(key[0], {})
        if key not in answers:
            answers[key] = answer()
        found: Answer = answers[key]
        return found

    def service_named(self, namespace: str, name: str) -> Service | None:
        """Find a Service by namespace and name."""
        return self._service_by_host.get(f"{name}.{namespace}.svc.{self.settings.cluster_domain}")

    def protocol_of(self, port: ServicePort) -> Protocol:
        """Say what Istio takes a Service port for."""
        known = self._protocols.get(port)
        if known is None:
            known = declared(port.number, port.name, port.l4, port.app_protocol, self.settings.istio).protocol
            self._protocols[port] = known
        return known

    @cached_property
    def _protocols(self) -> dict[ServicePort, Protocol]:
        return {}


def age(raw: Raw) -> tuple[bool, str, str, str]:
    """Sort the oldest first; what has no time yet is not in the cluster yet.

    Source: istio/istio pilot/pkg/model/config.go sortConfigByCreationTime.
    """
    metadata = map_at(raw, "metadata")
    created = str(metadata.get("creationTimestamp") or "")
    return not created, created, text_at(metadata, "name"), namespace_of(raw)


def namespace_of(raw: Raw) -> str:
    """Give the namespace of a raw object."""
    return text_at(raw, "metadata", "namespace")


def exported(raw: Raw, to_namespace: str) -> bool:
    """Whether an object is visible in a namespace by its `exportTo`; nothing said means everywhere.

    Source: istio/istio pilot/pkg/model/push_context.go.
    """
    seen = exported_to(raw)
    return seen is None or to_namespace in seen


def exported_to(raw: Raw) -> frozenset[str] | None:
    """Name the namespaces in which an object is visible; None for all."""
    values = [text_at(value) for value in list_at(raw, "spec", "exportTo")]
    if not values or "*" in values:
        return None
    return frozenset(namespace_of(raw) if value == "." else value for value in values)
