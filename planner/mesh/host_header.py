"""Which Host headers reach a Service through a caller's sidecar.

On a port declared HTTP the caller's sidecar routes by Host alone and ignores the address, so a caller that
sends another Host (a reverse proxy, a DNS alias) leaves the mesh unseen.

Source: istio/istio pilot/pkg/networking/core (httproute.go GenerateAltVirtualHosts, listener.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from planner.mesh.versions import Version


def needs_host_match(protocol_class: str) -> bool:
    """Tell whether requests on a port of this `Protocol.data_path_class` are routed by Host.

    An undeclared port is matched by the Service's address, a TCP port by address, a TLS port by SNI.
    """
    return protocol_class == "http"


def accepted_hosts(
    service: str,
    namespace: str,
    caller_namespace: str,
    cluster_domain: str = "cluster.local",
    istio: Version | None = None,
    *,
    cluster_ips: Iterable[str] = (),
    headless: bool = False,
) -> tuple[str, ...]:
    """List the Host values (without port) that a caller's sidecar takes for this Service.

    Args:
        service: Name of the Service.
        namespace: Its namespace.
        caller_namespace: Where the caller runs; only there the bare name is accepted.
        cluster_domain: DNS domain of the cluster.
        istio: Version of the caller's sidecar; None is taken for a new one.
        cluster_ips: Every ClusterIP of the Service.
        headless: The Service is headless, so names of its pods are accepted too (as `*.` wildcards).
    """
    short = f"{service}.{namespace}"
    full = f"{short}.svc.{cluster_domain}"
    names = [full, f"{short}.svc", short]
    if namespace == caller_namespace:
        names.append(service)
    if istio is None or istio.at_least(1, 27):
        names.append(f"{full}.")
    wildcards = [f"*.{name}" for name in names] if headless else []
    return (*names, *wildcards, *(ip for ip in cluster_ips if ip and ip != "None"))


def host_matches(host: str, accepted: Iterable[str]) -> bool:
    """Tell whether a Host header is among the accepted ones; case and port do not matter."""
    name = _without_port(host.strip().lower())
    return any(_covers(pattern.lower(), name) for pattern in accepted)


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    return pattern == name


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    head, colon, tail = host.rpartition(":")
    # More than one colon without brackets is an IPv6 address without a port.
    return head if colon and tail.isdigit() and ":" not in head else host
