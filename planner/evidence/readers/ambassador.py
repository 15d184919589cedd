"""Routes of Ambassador that stand in an annotation of a Service, as its first versions had them.

Source: getambassador.io/docs, `getambassador.io/config`: YAML documents of kind Mapping or TCPMapping, with a backend
`service: [scheme://]name[.namespace][:port]`; a name without a namespace is one of the Service's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.controllers import Caller
from planner.evidence.hosts import Meaning
from planner.evidence.sighting import Sighting, cite
from planner.evidence.text import addresses, tree
from planner.evidence.text.tree import Document
from planner.evidence.world import World
from planner.model.fields import Path, text_at
from planner.model.refs import CLIENT
from planner.model.services import Service

READER = "gateways"
_ANNOTATION = "getambassador.io/config"
_KINDS = {"Mapping": "http", "TCPMapping": "tcp"}


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per route for a client, and one for the proxy."""
    callers = world.controllers.of_product("emissary")
    for service in world.inventory.services:
        for document in tree.documents(service.object.annotations.get(_ANNOTATION, "")):
            if text_at(document.value, "kind") in _KINDS:
                yield from _mapping(service, document, callers, world)


def _mapping(service: Service, document: Document, callers: list[Caller], world: World) -> Iterator[Sighting]:
    text = text_at(document.value, "service")
    protocol = _KINDS[text_at(document.value, "kind")]
    path: Path = ("metadata", "annotations", _ANNOTATION)
    bare = addresses.bare(text)
    for found in [*addresses.in_line(text)] or ([bare] if bare else []):
        address = replace(found, port=found.port or (443 if found.scheme == "https" else 80))
        inside = world.hosts.resolve(address.host, service.ref.namespace).meaning is Meaning.SERVICE
        for caller, sure in (*(((CLIENT, confidence.ENTRY_POINT),) if inside or not callers else ()), *callers):
            reason = "" if inside or callers else "called by a proxy that was not read"
            evidence = cite(READER, service.object, path, sure, address.text, document.line("service"))
            yield Sighting(caller, address, evidence, None, protocol, reason, service.ref.namespace)
