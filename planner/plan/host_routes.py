"""Which rewritten Hosts one VirtualService can make known again, and from which phase on.

Source: istio/istio pilot/pkg/networking/core/route/route.go (a Host that is no name of the Service is accepted on
every HTTP port of that Service once it stands in one VirtualService beside the Service's full name),
pilot/pkg/networking/core/httproute.go (of several VirtualServices for one host only the oldest holds).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from planner.mesh.host_header import accepted_hosts, host_matches, needs_host_match
from planner.mesh.hostnames import is_fqdn
from planner.mesh.protocol import declared
from planner.model.fields import list_at
from planner.model.inventory import Inventory
from planner.model.refs import Ref
from planner.model.services import Service, ServicePort
from planner.plan.facts import Facts
from planner.plan.host_rewrites import HostRewrite

KIND = "VirtualService"


def needed(item: HostRewrite, service: Service, facts: Facts) -> bool:
    """Whether the Host decides at all and is foreign: on a port that is left to detection, the address decides."""
    ports = [port for port in service.ports if item.port in (None, port.number)]
    if not any(by_host(port, facts) for port in ports):
        return False
    accepted = accepted_hosts(
        service.ref.name, service.ref.namespace, item.proxy.namespace, facts.cluster_domain, facts.istio,
        cluster_ips=service.addresses, headless=service.headless,
    )  # fmt: skip
    return not host_matches(item.host, accepted)


def by_host(port: ServicePort, facts: Facts) -> bool:
    """Whether a caller's sidecar routes a port by Host."""
    known = declared(port.number, port.name, port.l4, port.app_protocol, facts.istio)
    return needs_host_match(known.protocol.data_path_class)


def grouped(rewrites: Iterable[HostRewrite], inventory: Inventory, facts: Facts) -> dict[Ref, list[HostRewrite]]:
    """Give the rewrites that matter, by the Service that they reach."""
    found: dict[Ref, list[HostRewrite]] = defaultdict(list)
    for item in rewrites:
        service = inventory.service(item.target.namespace, item.target.name)
        if service and needed(item, service, facts):
            found[item.target].append(item)
    return found


def shared_hosts(by_target: dict[Ref, list[HostRewrite]]) -> frozenset[str]:
    """Give the Hosts that are sent to several Services, and so cannot tell them apart."""
    targets: dict[str, set[Ref]] = defaultdict(set)
    for target, items in by_target.items():
        for item in items:
            targets[item.host].add(target)
    return frozenset(host for host, refs in targets.items() if len(refs) > 1)


def nameable(item: HostRewrite, shared: frozenset[str]) -> bool:
    """Whether a Host can stand in a VirtualService: a fixed full name that belongs to one Service."""
    return "." in item.host and is_fqdn(item.host) and not item.host.endswith(".") and item.host not in shared


def owner(hosts: set[str], inventory: Inventory) -> str:
    """Name a VirtualService of the mesh that has one of the hosts already."""
    for obj in inventory.of_kind(KIND):
        gateways = list_at(obj.raw, "spec", "gateways")
        known = {host for host in list_at(obj.raw, "spec", "hosts") if isinstance(host, str)}
        if known & hosts and (not gateways or "mesh" in gateways):
            return str(obj.ref)
    return ""


def full_name(service: Service, facts: Facts) -> str:
    """Give the full name of a Service."""
    return f"{service.ref.name}.{service.ref.namespace}.svc.{facts.cluster_domain}"


def when(items: Iterable[HostRewrite], joins: Callable[[Ref], int | None], complete: int | None) -> int | None:
    """Give the phase that creates the route of a Service: its first proxy and the Service are both in; None for never.

    Args:
        items: The rewrites to one Service.
        joins: Gives the phase in which a proxy joins.
        complete: Phase in which the namespace of the Service is complete.
    """
    found = [phase for item in items if (phase := joins(item.proxy)) is not None]
    return max(min(found), complete, 1) if found and complete is not None else None


def planned(
    rewrites: Iterable[HostRewrite],
    inventory: Inventory,
    facts: Facts,
    joins: Callable[[Ref], int | None],
    complete: Callable[[str], int | None],
) -> dict[tuple[Ref, Ref, int | None], int | None]:
    """Say from which phase on each rewritten call is recognised, by (proxy, Service, port); None for never."""
    by_target = grouped(rewrites, inventory, facts)
    shared = shared_hosts(by_target)
    found: dict[tuple[Ref, Ref, int | None], int | None] = {}
    for target, items in by_target.items():
        service = inventory.service(target.namespace, target.name)
        hosts = {item.host for item in items if nameable(item, shared)}
        taken = service is None or owner({full_name(service, facts), *hosts}, inventory)
        at = None if taken else when(items, joins, complete(target.namespace))
        for item in items:
            key = (item.proxy, item.target, item.port)
            own = at if item.host in hosts else None
            known = found.get(key, own)
            found[key] = None if own is None or known is None else max(own, known)
    return found
