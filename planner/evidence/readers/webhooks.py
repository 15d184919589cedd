"""Calls from the API server: admission webhooks, aggregated APIs, conversion of custom resources.

Source: kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers (port 443 by default).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.hosts import service_ref
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.model.fields import Path, int_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER

READER = "webhooks"
_CONVERSION: tuple[Path, ...] = (
    ("spec", "conversion", "webhook", "clientConfig", "service"),
    ("spec", "conversion", "webhookClientConfig", "service"),
)
KINDS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService", "CustomResourceDefinition")
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield one sighting per Service that the API server is told to call."""
    for obj in world.inventory.of_kind("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        for index, _ in maps_at(obj.raw, "webhooks"):
            yield from _service(obj, ("webhooks", index, "clientConfig", "service"))
    for obj in world.inventory.of_kind("APIService"):
        yield from _service(obj, ("spec", "service"))
    for obj in world.inventory.of_kind("CustomResourceDefinition"):
        for path in _CONVERSION:
            yield from _service(obj, path)


def _service(obj: KubeObject, path: Path) -> Iterator[Sighting]:
    service: Mapping[str, Any] = map_at(obj.raw, *path)
    name, namespace = text_at(service, "name"), text_at(service, "namespace")
    if name and namespace:
        port = int_at(service, "port") or 443
        for field in ((*path, "name"), ("metadata", "name")):
            evidence = cite(READER, obj, field, confidence.WEBHOOK, f"{obj.ref.kind} calls {namespace}/{name}")
            yield Sighting(API_SERVER, service_ref(namespace, name), evidence, port, "https")
