"""A host name to what it means for one pod: a Service, a host outside, the API server, or nothing known.

Source: the search path that the kubelet writes into a pod's `resolv.conf`
(`<ns>.svc.<domain>`, `svc.<domain>`, `<domain>`, ndots 5) and the names that cluster DNS serves
(kubernetes/dns specification).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from planner.evidence.text.noise import is_domain
from planner.model.fields import list_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.refs import API_SERVER, SERVICE, Ref, external, unknown
from planner.model.services import Service

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_CHAIN = 8


class Meaning(StrEnum):
    """What a host name stands for."""

    SERVICE = "service"
    EXTERNAL = "external"
    API_SERVER = "api-server"
    SELF = "self"
    """This pod itself: localhost and the like."""
    MISSING = "missing"
    """A name of this cluster that nothing read answers to."""
    NOT_A_HOST = "not-a-host"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a host name stands for, and whom it names.

    Attributes:
        meaning: See `Meaning`.
        ref: The callee.
        service: The Service, where it is one.
        via: Host that an ExternalName Service on the way stands for.
    """

    meaning: Meaning
    ref: Ref
    service: Service | None = None
    via: str = ""


def is_host(text: str) -> bool:
    """Whether a text is a lower-case host name or an address by its form alone."""
    labels = text.rstrip(".").split(".")
    if len(text) <= 253 and not labels[-1].isdigit() and all(_LABEL.fullmatch(label) for label in labels):
        return True
    return is_ip(text)


def is_ip(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address."""
    bare = text.strip("[]")
    if not bare or not (bare[0].isdigit() or ":" in bare):
        return False
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def is_two_words(name: str) -> bool:
    """Whether a name reads `service.namespace`: two labels, the last of which ends no name outside a cluster."""
    return name.count(".") == 1 and not is_ip(name) and not is_domain(name)


class Hosts:
    """Resolves names as the pods of each namespace would.

    Args:
        inventory: The objects that were read.
        cluster_domain: DNS domain of the cluster; empty where nobody said, then any domain after `.svc.` is taken.
    """

    def __init__(self, inventory: Inventory, cluster_domain: str = "") -> None:
        self._inventory = inventory
        self._domain = cluster_domain
        self._by_address = {ip: service for service in inventory.services for ip in _other_addresses(service)}
        self._by_address |= {ip: service for service in inventory.services for ip in service.addresses}
        self._namespaces = frozenset(inventory.namespaces)
        self._seen: dict[tuple[str, str], Resolved] = {}

    def resolve(self, host: str, namespace: str) -> Resolved:
        """Say what a host means for a pod of a namespace."""
        known = self._seen.get((host, namespace))
        if known is None:
            known = self._seen[host, namespace] = self._resolve(host, namespace)
        return known

    def _resolve(self, host: str, namespace: str) -> Resolved:
        name = host.strip("[]").lower().rstrip(".")
        if not name or not is_host(name):
            return Resolved(Meaning.NOT_A_HOST, unknown(host))
        if is_ip(name):
            return self._address(name)
        if name == "localhost" or name.endswith((".localhost", "localhost.localdomain")):
            return Resolved(Meaning.SELF, unknown(host))
        for candidate in self._candidates(name, namespace, relative=not host.endswith(".")):
            found = self._in_cluster(candidate, ())
            if found:
                return found
        known = self._by_address.get(name)
        return Resolved(Meaning.SERVICE, known.ref, known) if known else self._outside(name)

    def _candidates(self, name: str, namespace: str, *, relative: bool) -> tuple[str, ...]:
        """Fully qualified names in the order a resolver tries them, without the cluster domain.

        A name that ended with a dot is not relative: it is asked for as it stands.
        """
        inside = self._without_domain(name)
        if inside or not relative:
            return (inside,) if inside else ()
        return (f"{name}.{namespace}.svc", f"{name}.svc", name)

    def _without_domain(self, name: str) -> str:
        """Return `service.namespace.svc` of a full name of the cluster, or an empty string."""
        if self._domain:
            return name.removesuffix(f".{self._domain}") if name.endswith(f".svc.{self._domain}") else ""
        head, found, _ = name.partition(".svc.")
        return (
            f"{head}.svc" if found and head.rpartition(".")[2] in self._namespaces | {"default", "kube-system"} else ""
        )

    def _in_cluster(self, name: str, seen: tuple[str, ...]) -> Resolved | None:
        """Match `service.namespace.svc`, `pod.service.namespace.svc` or `_port._tcp.service.namespace.svc`."""
        parts = name.split(".")
        while parts and parts[0].startswith("_"):
            parts.pop(0)
        if len(parts) not in (3, 4) or parts[-1] != "svc":
            return None
        namespace, service_name = parts[-2], parts[-3]
        if (namespace, service_name) == ("default", "kubernetes") and len(parts) == 3:
            return Resolved(Meaning.API_SERVER, API_SERVER)
        service = self._inventory.service(namespace, service_name)
        if service is None or (len(parts) == 4 and not service.headless):
            return None
        if service.external_name:
            return self._follow(service, seen)
        return Resolved(Meaning.SERVICE, service.ref, service)

    def _follow(self, service: Service, seen: tuple[str, ...]) -> Resolved:
        """Follow a chain of ExternalName Services to its end."""
        target = service.external_name.lower().rstrip(".")
        if target in seen or len(seen) >= _CHAIN:
            return Resolved(Meaning.MISSING, unknown(target))
        inside = target if target.endswith(".svc") else self._without_domain(target)
        found = self._in_cluster(inside, (*seen, target)) if inside else None
        if found:
            return Resolved(found.meaning, found.ref, found.service, via=target)
        if not is_host(target):
            return Resolved(Meaning.NOT_A_HOST, unknown(target))
        outside = self._address(target) if is_ip(target) else self._outside(target)
        return Resolved(outside.meaning, outside.ref, outside.service, via=target)

    def _address(self, ip: str) -> Resolved:
        address = ipaddress.ip_address(ip)
        if address.is_loopback or address.is_unspecified:
            return Resolved(Meaning.SELF, unknown(ip))
        service = self._by_address.get(ip)
        if service is None:
            return Resolved(Meaning.EXTERNAL, external(ip))
        if (service.ref.namespace, service.ref.name) == ("default", "kubernetes"):
            return Resolved(Meaning.API_SERVER, API_SERVER)
        return Resolved(Meaning.SERVICE, service.ref, service)

    def _outside(self, name: str) -> Resolved:
        labels = name.split(".")
        in_cluster_form = name.endswith(".svc") or bool(self._without_domain(name))
        in_cluster_form |= bool(self._domain) and name.endswith(f".{self._domain}")
        in_cluster_form |= name.endswith(".cluster.local") or (len(labels) == 2 and labels[1] in self._namespaces)
        if len(labels) == 1 or in_cluster_form or is_two_words(name):
            return Resolved(Meaning.MISSING, unknown(name))
        return Resolved(Meaning.EXTERNAL, external(name))


def _other_addresses(service: Service) -> tuple[str, ...]:
    """Addresses and names outside the cluster's own ranges that lead to a Service."""
    raw = service.object.raw
    given = [ip for ip in list_at(raw, "spec", "externalIPs") if isinstance(ip, str)]
    for _, item in maps_at(raw, "status", "loadBalancer", "ingress"):
        given += [text_at(item, "ip"), text_at(item, "hostname").lower()]
    return tuple(ip for ip in (*given, text_at(raw, "spec", "loadBalancerIP")) if ip)


def service_ref(namespace: str, name: str) -> Ref:
    """Name a Service."""
    return Ref(namespace, name, SERVICE)
