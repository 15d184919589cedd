"""Products that pass other people's requests on, by the words of their image.

Product knowledge only. The words are compared with the last part of an image's path, split at hyphens, dots
and underscores.
"""

from __future__ import annotations

import re

from planner.mesh.well_known_tables import NOT_A_SERVER
from planner.model.fields import maps_at, text_at
from planner.model.workloads import Container, Workload

_PROXIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("an authentication proxy", ("oauth2", "proxy")),
    ("an authentication proxy", ("louketo",)),
    ("an authentication proxy", ("keycloak", "gatekeeper")),
    ("an authentication proxy", ("pomerium",)),
    ("an authentication proxy", ("vouch",)),
    ("an authentication proxy", ("authelia",)),
    ("an authentication proxy", ("forward", "auth")),
    ("an API gateway", ("kong",)),
    ("an API gateway", ("krakend",)),
    ("an API gateway", ("tyk",)),
    ("an API gateway", ("apisix",)),
    ("an API gateway", ("gravitee",)),
    ("an API gateway", ("zuul",)),
    ("an API gateway", ("apicast",)),
    ("an API gateway", ("api", "gateway")),
    ("an API gateway", ("cloud", "gateway")),
    ("an API gateway", ("apigateway",)),
    ("a reverse proxy", ("nginx",)),
    ("a reverse proxy", ("openresty",)),
    ("a reverse proxy", ("haproxy",)),
    ("a reverse proxy", ("envoy",)),
    ("a reverse proxy", ("traefik",)),
    ("a reverse proxy", ("caddy",)),
    ("a reverse proxy", ("httpd",)),
    ("a reverse proxy", ("varnish",)),
    ("a reverse proxy", ("reverse", "proxy")),
    ("a forward proxy", ("squid",)),
)
_CONTROLLERS: tuple[tuple[str, ...], ...] = (
    ("ingress",), ("kubernetes", "ingress"), ("contour",), ("emissary",), ("ambassador",), ("skipper",), ("voyager",),
    ("gateway", "nginx"), ("nginx", "gateway"), ("envoy", "gateway"), ("traefik",), ("kong",), ("apisix",),
)  # fmt: skip
_WORDS = re.compile(r"[-._]")
_NEVER = NOT_A_SERVER - {"proxy", "web"} | {"rbac"}


def words(image: str, parts: int = 1) -> tuple[str, ...]:
    """Split the last parts of an image's path into words."""
    *before, last = image.partition("@")[0].lower().split("/")
    named = [*before, last.partition(":")[0]][-parts:]
    return tuple(word for part in named for word in _WORDS.split(part) if word)


def proxy_kind(workload: Workload) -> tuple[str, Container] | None:
    """Say what kind of proxy a workload runs, with the container; None where its images do not tell."""
    for container in workload.containers:
        said = words(container.image)
        if container.init or _NEVER.intersection(said):
            continue
        for kind, product in _PROXIES:
            if all(word in said for word in product):
                return kind, container
    return None


def ingress_controller(workload: Workload) -> Container | None:
    """Give the container of an ingress controller, or None."""
    if workload.ends:
        return None
    for container in workload.containers:
        said = words(container.image, parts=2)
        if container.init or not any(all(word in said for word in product) for product in _CONTROLLERS):
            continue
        if not ({"certgen", "backend", "webhook", "operator"} & set(said)) and _controls(container, said):
            return container
    return None


def _controls(container: Container, said: tuple[str, ...]) -> bool:
    """Whether the product acts as a controller: by its name, or by arguments that watch Ingress objects."""
    if {"controller", "ingress", "contour", "emissary", "ambassador", "skipper", "voyager"} & set(said):
        return True
    text = " ".join(word for _, word in container.words).lower()
    named = " ".join(text_at(raw, "name") for _, raw in maps_at(container.raw, "env")).lower()
    return "ingress" in text or "ingress" in named or "kubernetescrd" in text or "kubernetesgateway" in text
