"""A VirtualService where a proxy sends another Host than the Service's: it names both, so that the call is recognised.

Nothing else gets one: a VirtualService that only repeats what happens without it is one more thing to get wrong.

Source: istio/istio pilot/pkg/networking/core/route/route.go (a Host that is no name of the Service is accepted on
every HTTP port of that Service once it stands in one VirtualService beside the Service's full name; a host without a
matching rule gets 404, so a rule without a match comes last), pilot/pkg/networking/core/httproute.go (of several
VirtualServices for one host only the oldest holds).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from planner.bundle.part import Part
from planner.bundle.patching import MANAGED
from planner.bundle.slugs import slug
from planner.bundle.work import Work
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Created
from planner.model.plan import Phase
from planner.model.refs import Ref
from planner.model.services import Service
from planner.plan.host_rewrites import HostRewrite
from planner.plan.host_routes import KIND, by_host, full_name, grouped, nameable, owner, shared_hosts, when


def routes(work: Work, rewrites: Iterable[HostRewrite], phase: Phase) -> Part:
    """Create the routes whose first proxy and whose Service are both in the mesh from this phase on."""
    by_target = grouped(rewrites, work.inventory, work.facts)
    shared = shared_hosts(by_target)
    part = Part()
    for target in sorted(by_target):
        service = work.inventory.service(target.namespace, target.name)
        complete = work.namespace_phase.get(target.namespace)
        if service and when(by_target[target], work.joins_in, complete) == phase.index:
            part += _route(service, by_target[target], shared, work)
    return part


def _route(service: Service, rewrites: list[HostRewrite], shared: frozenset[str], work: Work) -> Part:
    """Route the Hosts that belong to this Service alone; one that goes to several cannot tell them apart."""
    full = full_name(service, work.facts)
    hosts = sorted({item.host for item in rewrites if nameable(item, shared)})
    part = Part(manual=tuple(_by_hand(item, full) for item in rewrites if item.host not in hosts))
    taken = owner({full, *hosts}, work.inventory)
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
    known = [port.number for port in service.ports if by_host(port, work.facts)]
    last = called if called is not None else known[0]
    rules = [{"match": [{"port": port}], **_to(full, port)} for port in ports if port != last]
    return [*rules, _to(full, last)]


def _to(host: str, port: int) -> dict[str, Any]:
    return {"route": [{"destination": {"host": host, "port": {"number": port}}}]}


def _by_hand(item: HostRewrite, full: str) -> str:
    sent = f"the Host {item.host}" if item.host else "a Host that is not known"
    return f"{item.proxy} sends {sent} to {item.target.text}: let it send {full}, or leave the port undeclared."
