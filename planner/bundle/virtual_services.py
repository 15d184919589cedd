"""A VirtualService where a proxy sends another Host than the Service's: it names both, so that the call is recognised.

Nothing else gets one: a VirtualService that only repeats what happens without it is one more thing to get wrong.

Source: istio/istio pilot/pkg/networking/core/route/route.go (a Host that is no name of the Service is accepted on
every HTTP port of that Service once it stands in one VirtualService beside the Service's full name; a host without a
matching rule gets 404, so a rule without a match comes last), pilot/pkg/networking/core/httproute.go (of several
VirtualServices for one host only the oldest holds).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from planner.bundle.host_rewrites import HostRewrite
from planner.bundle.part import Part
from planner.bundle.patching import MANAGED
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.host_header import accepted_hosts, host_matches, needs_host_match
from planner.mesh.hostnames import is_fqdn
from planner.mesh.protocol import declared
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Created
from planner.model.fields import list_at
from planner.model.plan import Phase
from planner.model.refs import Ref
from planner.model.services import Service, ServicePort

KIND = "VirtualService"


def routes(work: Work, rewrites: Iterable[HostRewrite], phase: Phase) -> Part:
    """Create the routes whose first proxy and whose Service are both in the mesh from this phase on."""
    by_target: dict[Ref, list[HostRewrite]] = defaultdict(list)
    targets: dict[str, set[Ref]] = defaultdict(set)
    for item in rewrites:
        service = work.inventory.service(item.target.namespace, item.target.name)
        if service and _needed(item, service, work):
            by_target[item.target].append(item)
            targets[item.host].add(item.target)
    shared = frozenset(host for host, refs in targets.items() if len(refs) > 1)
    part = Part()
    for target in sorted(by_target):
        service = work.inventory.service(target.namespace, target.name)
        if service and min(_when(item, work) for item in by_target[target]) == phase.index:
            part += _route(service, by_target[target], shared, work)
    return part


def _when(item: HostRewrite, work: Work) -> int:
    """Give the phase in which proxy and Service are both in; far beyond the last where one never is."""
    caller, callee = work.joins_in(item.proxy), work.namespace_phase.get(item.target.namespace)
    return 1 << 30 if caller is None or callee is None else max(caller, callee, 1)


def _needed(item: HostRewrite, service: Service, work: Work) -> bool:
    """Whether the Host decides at all: on a port that is left to detection, the address does."""
    ports = [port for port in service.ports if item.port in (None, port.number)]
    if not any(_by_host(port, work) for port in ports):
        return False
    accepted = accepted_hosts(
        service.ref.name, service.ref.namespace, item.proxy.namespace, work.facts.cluster_domain, work.facts.istio,
        cluster_ips=service.addresses, headless=service.headless,
    )  # fmt: skip
    return not host_matches(item.host, accepted)


def _by_host(port: ServicePort, work: Work) -> bool:
    known = declared(port.number, port.name, port.l4, port.app_protocol, work.facts.istio)
    return needs_host_match(known.protocol.data_path_class)


def _route(service: Service, rewrites: list[HostRewrite], shared: frozenset[str], work: Work) -> Part:
    """Route the Hosts that belong to this Service alone; one that goes to several cannot tell them apart."""
    full = f"{service.ref.name}.{service.ref.namespace}.svc.{work.facts.cluster_domain}"
    hosts = sorted({item.host for item in rewrites if _usable(item.host) and item.host not in shared})
    part = Part(manual=tuple(_by_hand(item, full) for item in rewrites if item.host not in hosts))
    taken = _owner({full, *hosts}, work)
    if taken:
        sentence = f"{taken} has {full} or one of {', '.join(hosts)} already: add the others to its hosts."
        return part + Part(manual=(sentence,))
    if not hosts:
        return part
    namespaces = sorted({item.proxy.namespace for item in rewrites} - {service.ref.namespace})
    name = slug("host", service.ref.name)
    rules = _rules(service, rewrites, full, work)
    body = {
        "apiVersion": networking_api_version(work.facts.istio),
        "kind": KIND,
        "metadata": {"name": name, "namespace": service.ref.namespace, "labels": dict(MANAGED)},
        "spec": {"hosts": [full, *hosts], "exportTo": [".", *namespaces], "http": rules},
    }
    senders = ", ".join(sorted({item.proxy.text for item in rewrites}))
    why = f"{senders} sends the Host {', '.join(hosts)} to {service.ref.text}, which the proxy would not recognise."
    return part + Part(created=(Created(Ref(service.ref.namespace, name, KIND), "virtual-service.yaml.j2", body, why),))


def _rules(service: Service, rewrites: list[HostRewrite], full: str, work: Work) -> list[dict[str, Any]]:
    """Keep every port where it is; the rule without a match comes last and goes to the port that is called."""
    ports = [port.number for port in service.ports if port.l4 == "TCP"]
    called = next((item.port for item in rewrites if item.port in ports), None)
    by_host = [port.number for port in service.ports if _by_host(port, work)]
    last = called if called is not None else by_host[0]
    rules = [{"match": [{"port": port}], **_to(full, port)} for port in ports if port != last]
    return [*rules, _to(full, last)]


def _to(host: str, port: int) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host, "port": {"number": port}}}]}


def _usable(host: str) -> bool:
    return "." in host and is_fqdn(host) and not host.endswith(".")


def _owner(hosts: set[str], work: Work) -> str:
    for obj in work.inventory.of_kind(KIND):
        gateways = list_at(obj.raw, "spec", "gateways")
        known = {host for host in list_at(obj.raw, "spec", "hosts") if isinstance(host, str)}
        if known & hosts and (not gateways or "mesh" in gateways):
            return str(obj.ref)
    return ""


def _by_hand(item: HostRewrite, full: str) -> str:
    sent = f"the Host {item.host}" if item.host else "a Host that is not known"
    return f"{item.proxy} sends {sent} to {item.target.text}: let it send {full}, or leave the port undeclared."
