"""What annotations of an Ingress make its controller call: authentication, mirrors, error pages, snippets.

Sources: kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations; haproxy-ingress.github.io
(`auth-url`, `svc://`); aws-load-balancer-controller docs/guide/ingress/annotation.md (`actions.*`);
docs.nginx.com/nginx-ingress-controller (snippets).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.evidence import confidence
from planner.evidence.backends import port_number
from planner.evidence.controllers import Caller
from planner.evidence.hosts import service_ref
from planner.evidence.patterns import each
from planner.evidence.proxied import called, left_out
from planner.evidence.sighting import Address, Sighting, cite
from planner.evidence.text import addresses, nginx
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import Path, int_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import CLIENT

READER = "ingress-annotations"
KINDS = ("Ingress", "IngressClass")
"""Kinds that it reads, beside workloads and Services."""

_CALLED = word_set("auth-url mirror-target auth-tls-url")
_FOR_BROWSERS = word_set(
    """auth-signin permanent-redirect temporal-redirect redirect-to default-backend-redirect proxy-redirect-to
    proxy-redirect-from request-redirect cors-allow-origin app-root auth-redirect"""
)
_HOST_HEADERS = word_set("upstream-vhost backend-hostname host-header server-alias proxy-ssl-name custom-host-header")
_SNIPPETS = word_set(
    "configuration-snippet server-snippet auth-snippet stream-snippet location-snippets server-snippets stream-snippets"
)
_REASONS = {
    **dict.fromkeys(_FOR_BROWSERS, "a link for people"),
    **dict.fromkeys(_HOST_HEADERS, "a name that is only written into requests"),
}
_SERVICE_URL = re.compile(r"svc://([a-z0-9\-]{1,63})/([a-z0-9\-]{1,63})(?::(\d{1,5}))?")
_REQUEST_PATH = re.compile(r"\$\{?(?:escaped_)?(?:request_)?uri\}?")
_AT_RUN_TIME = re.compile(r"([a-z]{2,8})://(\$\{?\w{1,60}\}?)")


def read(world: World) -> Iterator[Sighting]:
    """Yield whom controllers call because an annotation says so, and what looks like it and is none."""
    controllers = world.controllers
    for ingress in world.inventory.of_kind("Ingress"):
        callers = controllers.serving(ingress) if ingress.annotations else []
        for key, value in sorted(ingress.annotations.items()):
            yield from _annotation(ingress, key, value, callers, world)


def _annotation(ingress: KubeObject, key: str, value: str, callers: list[Caller], world: World) -> Iterator[Sighting]:
    prefix, _, name = key.rpartition("/")
    path: Path = ("metadata", "annotations", key)
    if name in _CALLED:
        yield from _url(ingress, path, value, callers, world)
    elif name in _REASONS:
        for address in _all(value):
            yield left_out(READER, address, ingress, path, _REASONS[name])
    elif name in _SNIPPETS:
        for address in nginx.read(value, {}):
            yield from _moved(called(READER, address, ingress, path, callers, world), ingress, path, address.offset)
    elif name == "default-backend" and value.strip():
        yield from _default_backend(ingress, path, value.strip(), callers, world)
    elif prefix.startswith("alb.") and name.startswith("actions."):
        yield from _action(ingress, path, value, world)
    elif prefix.startswith("alb.") and name == "auth-idp-oidc":
        for address in addresses.in_line(value):
            yield left_out(READER, address, ingress, path, "called by the load balancer, outside the cluster")


def _all(value: str) -> Iterator[Address]:
    found = list(addresses.in_line(value))
    bare = None if found else addresses.bare(value)
    yield from [*found, bare] if bare else found


def _moved(sightings: Iterator[Sighting], obj: KubeObject, path: Path, offset: int) -> Iterator[Sighting]:
    for sighting in sightings:
        yield replace(sighting, evidence=replace(sighting.evidence, line=obj.line_of(path, offset)))


def _url(ingress: KubeObject, path: Path, value: str, callers: list[Caller], world: World) -> Iterator[Sighting]:
    service = _SERVICE_URL.match(value)
    if service:
        target = service_ref(service[1], service[2])
        number = int_at({"port": service[3]}, "port")
        yield from called(READER, target, ingress, path, callers, world, number, "http")
        return
    run_time = _AT_RUN_TIME.match(value)
    if run_time:
        address = Address(run_time[2].lower(), None, run_time[1], run_time[0])
        yield left_out(READER, address, ingress, path, "a host that is only known when a request comes in")
        return
    for address in addresses.in_line(_REQUEST_PATH.sub("/", value).partition("?")[0]):
        yield from called(READER, address, ingress, path, callers, world)


def _default_backend(
    ingress: KubeObject, path: Path, name: str, callers: list[Caller], world: World
) -> Iterator[Sighting]:
    """Yield the Service that answers for backends that are down or answer with an error; its first port is called."""
    namespace, _, name = name.rpartition("/")
    target = service_ref(namespace or ingress.ref.namespace, name)
    service = world.inventory.service(target.namespace, target.name)
    port = service.ports[0].number if service and service.ports else None
    for caller, sure in ((CLIENT, confidence.ENTRY_POINT), *callers):
        yield Sighting(caller, target, cite(READER, ingress, path, sure, f"default backend {name}"), port, "http")


def _action(ingress: KubeObject, path: Path, value: str, world: World) -> Iterator[Sighting]:
    """Yield the Services of a forward action; redirects and fixed answers name none."""
    try:
        action: Any = json.loads(value)
    except (ValueError, RecursionError):
        return
    for pattern in ("forwardConfig.targetGroups[]", "ForwardConfig.TargetGroups[]"):
        for _, group in each(action, pattern):
            yield from _target_group(ingress, path, group, world)


def _target_group(ingress: KubeObject, path: Path, group: Mapping[str, Any], world: World) -> Iterator[Sighting]:
    name = text_at(group, "serviceName") or text_at(group, "ServiceName")
    if name:
        target = service_ref(ingress.ref.namespace, name)
        port = port_number(group.get("servicePort", group.get("ServicePort")), target, world)
        yield Sighting(
            CLIENT, target, cite(READER, ingress, path, confidence.ENTRY_POINT, f"action to {name}"), port, "http"
        )
