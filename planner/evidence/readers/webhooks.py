"""Calls from the API server: admission webhooks, aggregated APIs, conversion of custom resources.

Source: kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers (port 443 by default).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.text import addresses
from planner.evidence.world import World
from planner.model.fields import Path, int_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER

READER = "webhooks"
_CONVERSION: tuple[Path, ...] = (
    ("spec", "conversion", "webhook", "clientConfig"),
    ("spec", "conversion", "webhookClientConfig"),
)
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService", "CustomResourceDefinition")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per Service or URL that the API server is told to call."""
    for obj in world.inventory.of_kind("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        for index, _ in maps_at(obj.raw, "webhooks"):
            yield from _client(obj, ("webhooks", index, "clientConfig"))
    for obj in world.inventory.of_kind("APIService"):
        yield from _client(obj, ("spec",))
    for obj in world.inventory.of_kind("CustomResourceDefinition"):
        if text_at(obj.raw, "spec", "conversion", "strategy") != "None":
            for path in _CONVERSION:
                yield from _client(obj, path)


def _client(obj: KubeObject, path: Path) -> Iterator[Sighting]:
    """Read `service` with its port, 443 where it names none, and `url`, which the API server looks up by itself."""
    service: Mapping[str, Any] = map_at(obj.raw, *path, "service")
    name, namespace = text_at(service, "name"), text_at(service, "namespace")
    if name and namespace:
        port = int_at(service, "port") or 443
        for field in ((*path, "service", "name"), ("metadata", "name")):
            evidence = cite(READER, obj, field, confidence.WEBHOOK, f"{obj.ref.kind} calls {namespace}/{name}")
            yield Sighting(API_SERVER, service_ref(namespace, name), evidence, port, "https")
    url = text_at(obj.raw, *path, "url")
    for address in addresses.in_line(url):
        evidence = cite(READER, obj, (*path, "url"), confidence.WEBHOOK, url)
        yield Sighting(API_SERVER, address, evidence, protocol="https")
