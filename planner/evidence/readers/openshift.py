"""OpenShift Routes: the router sends what comes in to one Service or to several.

Source: docs.openshift.com, Route API (`spec.to`, `spec.alternateBackends`, `spec.port.targetPort`, `spec.tls`).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.backends import port_number
from planner.evidence.controllers import Controllers
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, dig, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT

READER = "gateways"
_BY_TERMINATION = {"passthrough": "tls", "reencrypt": "https"}
KINDS = ("Route",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per backend and caller."""
    controllers = world.controllers
    for route in world.inventory.of_kind("Route"):
        if route.group == "route.openshift.io":
            yield from _route(route, world, controllers)


def _route(route: KubeObject, world: World, controllers: Controllers) -> Iterator[Sighting]:
    others: list[Path] = [("spec", "alternateBackends", i) for i, _ in maps_at(route.raw, "spec", "alternateBackends")]
    wanted = dig(route.raw, "spec", "port", "targetPort")
    spoken = _BY_TERMINATION.get(text_at(route.raw, "spec", "tls", "termination"), "http")
    callers = ((CLIENT, confidence.ENTRY_POINT), *controllers.of_product("openshift"))
    for path in (("spec", "to"), *others):
        name = text_at(route.raw, *path, "name")
        target = service_ref(route.ref.namespace, name)
        port = port_number(wanted, target, world)
        for caller, sure in callers if name else ():
            evidence = cite(READER, route, (*path, "name"), sure, f"Route to {target.text}")
            yield Sighting(caller, target, evidence, port, spoken)
