"""VirtualServices: what Istio refuses, and what it accepts and meshplan must never render.

Source: istio/istio pkg/config/validation/virtualservice.go, pilot/pkg/model/config.go, pilot/pkg/networking/core
(httproute.go, tls.go, route/route.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from planner.mesh.export_to import export_problems
from planner.mesh.hostnames import covers, is_dns_label, is_fqdn, is_ip, is_wildcard_domain, overlaps
from planner.mesh.problem import Problem, error, warning
from planner.mesh.virtual_service_http import destination_problems, http_problems
from planner.model.fields import int_at, list_at, map_at, text_at


def virtual_service_problems(spec: Mapping[str, Any], namespace: str) -> tuple[Problem, ...]:
    """List what is wrong with the `spec` of a VirtualService that lives in `namespace`."""
    if not any(list_at(spec.get(kind)) for kind in ("http", "tls", "tcp")):
        return (error("no-routes", "spec", "at least one of http, tls and tcp is required"), *_host_problems(spec))
    return (
        *_host_problems(spec),
        *_gateway_problems(spec),
        *(problem for problem in http_problems(spec)),
        *_tls_problems(spec),
        *_tcp_problems(spec),
        *_catch_all(spec),
        *export_problems(spec.get("exportTo"), namespace),
    )


def on_mesh(spec: Mapping[str, Any]) -> bool:
    """Tell whether sidecars evaluate the routes; naming any gateway leaves them out unless `mesh` is named too."""
    gateways = list_at(spec.get("gateways"))
    return not gateways or "mesh" in gateways


def _host_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    hosts = [text_at(host) for host in list_at(spec.get("hosts"))]
    if not hosts:
        yield from _delegate_problems(spec)
    for index, host in enumerate(hosts):
        field = f"spec.hosts[{index}]"
        if host == "*" and on_mesh(spec):
            yield error("star-on-mesh", field, "`*` is not allowed for the mesh, only for gateways")
        elif not (is_wildcard_domain(host) or is_ip(host)):
            yield error("host", field, f"{host!r} is neither a domain name nor an address")
        elif "." not in host and host != "*" and on_mesh(spec):
            yield warning("short-host", field, f"{host!r} is completed with the object's own namespace; write it out")
    for one, other in combinations(hosts, 2):
        if overlaps(one, other):
            yield error("host-twice", "spec.hosts", f"{one!r} and {other!r} mean the same host")


def _delegate_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Without hosts the object is the target of another's delegate, which holds HTTP routes only."""
    for key in ("gateways", "tls", "tcp"):
        if list_at(spec.get(key)):
            yield error("delegate", f"spec.{key}", f"hosts are required, except for a delegate, which has no {key}")


def _gateway_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    for index, raw in enumerate(list_at(spec.get("gateways"))):
        gateway, field = text_at(raw), f"spec.gateways[{index}]"
        owner, slash, name = gateway.partition("/")
        if slash and not (is_dns_label(owner) and is_dns_label(name)):
            yield error("gateway", field, f"{gateway!r}: namespace and name must be DNS labels")
        elif not slash and not is_fqdn(gateway):
            yield error("gateway", field, f"{raw!r} is not the name of a gateway")
        elif not slash and "." in gateway:
            yield warning("gateway-dotted", field, f"{gateway!r} is the old notation; write namespace/name")


def _tls_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    hosts = [text_at(host) for host in list_at(spec.get("hosts"))]
    for index, raw in enumerate(list_at(spec.get("tls"))):
        field, route = f"spec.tls[{index}]", map_at(raw)
        matches = [map_at(match) for match in list_at(route.get("match"))]
        if not matches:
            yield error("tls-match", field, "a tls route needs a match with sniHosts")
        for match in matches:
            names = [text_at(name) for name in list_at(match.get("sniHosts"))]
            if not names:
                yield error("sni-hosts", f"{field}.match", "a tls match needs sniHosts")
            for name in names:
                if is_ip(name):
                    yield warning("sni-address", f"{field}.match", f"{name!r}: a client never sends an address as SNI")
                elif not any(covers(host, name) for host in hosts):
                    yield error("sni-host", f"{field}.match", f"{name!r} is not among the hosts of the object")
        yield from destination_problems(route, field)


def _tcp_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    for index, raw in enumerate(list_at(spec.get("tcp"))):
        field, route = f"spec.tcp[{index}]", map_at(raw)
        for match in list_at(route.get("match")):
            port = map_at(match).get("port")
            if port not in (None, 0) and not 1 <= (int_at(port) or 0) <= 65535:
                yield error("port", f"{field}.match", f"{port!r} is not in 1 to 65535")
        yield from destination_problems(route, field)


def _catch_all(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Warn where a request can match nothing: the object owns the host, so that is a 404."""
    routes = list_at(spec.get("http"))
    if routes and list_at(spec.get("hosts")) and not any(_matches_all(map_at(route)) for route in routes):
        yield warning(
            "no-catch-all", "spec.http", "a request that matches no rule gets 404; end with a route without match"
        )


def _matches_all(route: Mapping[str, Any]) -> bool:
    matches = [map_at(match) for match in list_at(route.get("match"))]
    every_path: tuple[Mapping[str, Any], ...] = ({}, {"prefix": "/"}, {"prefix": ""})
    return not matches or any(
        match.keys() <= {"uri", "name"} and match.get("uri", {}) in every_path for match in matches
    )
