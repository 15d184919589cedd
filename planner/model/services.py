"""Kubernetes Services as meshplan sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.model.fields import int_at, list_at, map_at, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service.

    Attributes:
        index: Position in `spec.ports`.
        number: The Service's own port.
        name: Port name, or an empty string.
        l4: `TCP`, `UDP` or `SCTP`.
        app_protocol: As written; None where absent (an empty string is not absent).
        target: Number or name of the container port; the Service's own number where absent.
        node_port: Port on every node, or None.
    """

    index: int
    number: int
    name: str
    l4: str
    app_protocol: str | None
    target: int | str
    node_port: int | None


@dataclass(frozen=True, eq=False)
class Service:
    """One Service with its ports and its selector."""

    object: KubeObject

    @property
    def ref(self) -> Ref:
        """Name of the Service."""
        return self.object.ref

    @property
    def type(self) -> str:
        """`ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`."""
        return text_at(self.object.raw, "spec", "type") or "ClusterIP"

    @cached_property
    def headless(self) -> bool:
        """Whether names resolve to pod addresses instead of one virtual address."""
        return text_at(self.object.raw, "spec", "clusterIP") == "None"

    @property
    def external_name(self) -> str:
        """Host that an ExternalName Service stands for, or an empty string."""
        return text_at(self.object.raw, "spec", "externalName") if self.type == "ExternalName" else ""

    @cached_property
    def selector(self) -> Mapping[str, str]:
        """Labels of the pods it sends to; empty where it has none."""
        return strings_at(self.object.raw, "spec", "selector")

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Cluster addresses, sorted."""
        one = text_at(self.object.raw, "spec", "clusterIP")
        more = [ip for ip in list_at(self.object.raw, "spec", "clusterIPs") if isinstance(ip, str)]
        return tuple(sorted({ip for ip in (one, *more) if ip and ip != "None"}))

    @cached_property
    def ports(self) -> tuple[ServicePort, ...]:
        """Its ports in the order written; an entry without a number is left out."""
        return tuple(
            _port(index, raw, number)
            for index, raw in maps_at(self.object.raw, "spec", "ports")
            if (number := int_at(raw, "port")) is not None
        )

    def port(self, wanted: int | str) -> ServicePort | None:
        """Find a port by number or by name."""
        return next((p for p in self.ports if wanted in (p.number, p.name)), None)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether pods with these labels are behind this Service."""
        return bool(self.selector) and all(labels.get(key) == value for key, value in self.selector.items())


def _port(index: int, raw: Mapping[str, Any], number: int) -> ServicePort:
    protocol = raw.get("appProtocol")
    target = int_at(raw, "targetPort")
    return ServicePort(
        index=index,
        number=number,
        name=text_at(raw, "name"),
        l4=text_at(raw, "protocol") or "TCP",
        app_protocol=protocol if isinstance(protocol, str) else None,
        target=(text_at(raw, "targetPort") or number) if target is None else target,
        node_port=int_at(raw, "nodePort"),
    )


def as_service(obj: KubeObject) -> Service | None:
    """See an object as a Service, or return None."""
    is_core = obj.ref.kind == "Service" and obj.group == ""
    return Service(obj) if is_core and map_at(obj.raw) else None
