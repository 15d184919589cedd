"""What each `resolution` of a ServiceEntry allows.

Source: istio/istio pkg/config/validation/validation.go ValidateServiceEntry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.mesh.hostnames import is_fqdn, is_ip, is_wildcard
from planner.mesh.label_selector import wrong_label
from planner.mesh.problem import Problem, error
from planner.mesh.protocol import Protocol, exact_token
from planner.mesh.versions import Version
from planner.model.fields import int_at, list_at, map_at, text_at

_FIELD = "spec.endpoints"


def dynamic_dns_protocols(istio: Version) -> frozenset[Protocol]:
    """Give the protocols that resolution DYNAMIC_DNS accepts; none where the version does not know it.

    Below 1.30 only waypoints act on it, and HTTP2 and GRPC work in sidecars alone.

    Source: istio/istio pkg/config/validation/validation.go, pilot/pkg/networking/core/cluster_waypoint.go.
    """
    if not istio.at_least(1, 28):
        return frozenset()
    protocols = {Protocol.HTTP}
    if istio.at_least(1, 29):
        protocols.add(Protocol.TLS)
    if istio.at_least(1, 30):
        protocols |= {Protocol.GRPC, Protocol.HTTP2}
    return frozenset(protocols)


def resolution_problems(spec: Mapping[str, Any], labels: Mapping[str, str], istio: Version) -> Iterator[Problem]:
    """Yield what does not go together with the entry's resolution."""
    resolution = text_at(spec.get("resolution")) or "NONE"
    if resolution == "NONE":
        if list_at(spec.get("endpoints")):
            yield error("endpoints-without-resolution", _FIELD, "resolution NONE takes no endpoints")
    elif resolution == "STATIC":
        yield from _static(spec)
    elif resolution in ("DNS", "DNS_ROUND_ROBIN"):
        yield from _dns(spec, resolution)
    elif resolution == "DYNAMIC_DNS":
        yield from _dynamic(spec, labels, istio)
    else:
        yield error("resolution", "spec.resolution", f"{resolution!r} is not a resolution of Istio")


def _static(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Endpoints of a fixed address: an IP address, or a unix socket."""
    unix = False
    for field, endpoint, address in _endpoints(spec):
        if not endpoint:
            yield error("endpoint-null", field, "an endpoint must not be empty")
        elif address.startswith("unix://"):
            unix = True
            yield from _unix(field, endpoint, address)
        elif not address:
            if not text_at(endpoint.get("network")):
                yield error("endpoint-address", f"{field}.address", "an address is required where no network is set")
        elif not is_ip(address):
            yield error("endpoint-address", f"{field}.address", f"STATIC takes IP addresses only, not {address!r}")
        yield from _details(spec, field, endpoint)
    if unix and len(list_at(spec.get("ports"))) != 1:
        yield error("unix-ports", "spec.ports", "an entry with a unix endpoint needs exactly one port")


def _unix(field: str, endpoint: Mapping[str, Any], address: str) -> Iterator[Problem]:
    path = address.removeprefix("unix://")
    # A path that begins with @ is an abstract socket.
    if not path.startswith(("/", "@")):
        yield error("unix-path", f"{field}.address", f"{address!r}: the path must be absolute")
    if map_at(endpoint.get("ports")):
        yield error("unix-endpoint-ports", f"{field}.ports", "a unix endpoint takes no ports")


def _dns(spec: Mapping[str, Any], resolution: str) -> Iterator[Problem]:
    """Names that the proxy resolves itself."""
    endpoints = list_at(spec.get("endpoints"))
    if not endpoints:
        for index, host in enumerate(list_at(spec.get("hosts"))):
            if not is_fqdn(text_at(host)):
                message = f"resolution {resolution} without endpoints needs a full name, not {host!r}"
                yield error("dns-host", f"spec.hosts[{index}]", message)
    if resolution == "DNS_ROUND_ROBIN" and len(endpoints) > 1:
        yield error("round-robin-endpoints", _FIELD, "DNS_ROUND_ROBIN takes at most one endpoint")
    for field, endpoint, address in _endpoints(spec):
        if not (is_ip(address) or is_fqdn(address)):
            yield error("endpoint-address", f"{field}.address", f"{address!r} is neither an address nor a full name")
        yield from _details(spec, field, endpoint)


def _dynamic(spec: Mapping[str, Any], labels: Mapping[str, str], istio: Version) -> Iterator[Problem]:
    """A name taken from each request, so only for wildcards."""
    allowed = dynamic_dns_protocols(istio)
    if not allowed:
        yield error("dynamic-version", "spec.resolution", f"Istio {istio.line} does not know DYNAMIC_DNS (1.28 does)")
        return
    for index, host in enumerate(list_at(spec.get("hosts"))):
        if not is_wildcard(text_at(host)):
            yield error("dynamic-host", f"spec.hosts[{index}]", "DYNAMIC_DNS takes wildcard hosts only")
    if spec.get("location") == "MESH_INTERNAL" and "istio.io/use-waypoint" in labels:
        yield error("dynamic-internal", "spec.location", "DYNAMIC_DNS at a waypoint is for MESH_EXTERNAL only")
    for key in ("addresses", "endpoints"):
        if list_at(spec.get(key)):
            yield error(f"dynamic-{key}", f"spec.{key}", f"DYNAMIC_DNS takes no {key}")
    for index, port in enumerate(list_at(spec.get("ports"))):
        token = text_at(map_at(port).get("protocol"))
        if exact_token(token) not in allowed:
            yield error("dynamic-protocol", f"spec.ports[{index}].protocol", f"DYNAMIC_DNS does not take {token!r}")


def _endpoints(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for index, raw in enumerate(list_at(spec.get("endpoints"))):
        endpoint = map_at(raw)
        yield f"{_FIELD}[{index}]", endpoint, text_at(endpoint.get("address"))


def _details(spec: Mapping[str, Any], field: str, endpoint: Mapping[str, Any]) -> Iterator[Problem]:
    if wrong := wrong_label(endpoint.get("labels")):
        yield error("endpoint-label", f"{field}.labels", f"{wrong} is not a label")
    known = {text_at(map_at(port).get("name")) for port in list_at(spec.get("ports"))}
    for name, value in map_at(endpoint.get("ports")).items():
        if name not in known:
            yield error("endpoint-port", f"{field}.ports", f"{name!r} is not the name of a port of the entry")
        elif not 1 <= (int_at(value) or 0) <= 65535:
            yield error("endpoint-port", f"{field}.ports", f"{value!r} is not in 1 to 65535")
