"""ServiceEntries: what is wrong with one, and which resolution a host needs.

Beside Istio's own validation stand meshplan's refusals: objects that Istio accepts and that can stop traffic
which has nothing to do with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.mesh.hostnames import is_cidr, is_ip, is_wildcard, overlaps
from planner.mesh.problem import Problem, error
from planner.mesh.protocol import exact_token
from planner.mesh.service_entry_resolution import dynamic_dns_protocols
from planner.mesh.service_entry_validation import invalid, port_protocols
from planner.mesh.versions import Version
from planner.model.fields import list_at, map_at, text_at

__all__ = ["Problem", "Resolution", "problems", "resolution_for"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a proxy should find a host.

    Attributes:
        resolution: Value of `spec.resolution`.
        needs_addresses: `spec.addresses` must be given, or the entry captures what it should not.
        reason: One sentence for a person.
        alternative: Another resolution that this version offers, or an empty string.
    """

    resolution: str
    needs_addresses: bool
    reason: str
    alternative: str = ""


def resolution_for(host: str, protocol: str, istio: Version | None = None) -> Resolution:
    """Tell which resolution an external host needs.

    Args:
        host: A DNS name, a wildcard, an IP address or a range.
        protocol: Token of the port, as `protocol.service_entry_protocol` gives it.
        istio: The target version; None leaves out what only newer versions offer.

    Source: istio/istio pkg/config/validation/validation.go ValidateServiceEntry,
    pilot/pkg/networking/core/cluster_waypoint.go (who acts on DYNAMIC_DNS).
    """
    token = exact_token(protocol)
    by_name = token is not None and token.data_path_class in ("http", "tls")
    if is_ip(host) or is_cidr(host):
        return Resolution("NONE", True, "an address is matched as it is; the host of the entry is only a label")
    if not is_wildcard(host):
        how = "by Host or SNI" if by_name else "by address, since nothing in the bytes names the host"
        return Resolution("DNS", not by_name, f"the proxy resolves the name; connections are matched {how}")
    reason = "a wildcard cannot be resolved, so the connection keeps the address that the application looked up"
    # Below 1.30 only waypoints act on DYNAMIC_DNS; a sidecar needs 1.30.
    dynamic = istio is not None and istio.at_least(1, 30) and token in dynamic_dns_protocols(istio)
    return Resolution("NONE", not by_name, reason, "DYNAMIC_DNS" if dynamic else "")


def problems(
    spec: Mapping[str, Any],
    namespace: str,
    istio: Version,
    *,
    labels: Mapping[str, str] | None = None,
    owned_hosts: Mapping[str, str] | None = None,
    addresses_allocated: bool = False,
    cluster_domain: str = "cluster.local",
) -> tuple[Problem, ...]:
    """List what is wrong with a ServiceEntry, by Istio's rules and by meshplan's.

    Args:
        spec: `spec` of the object.
        namespace: Where it lives or will live.
        istio: The version that will read it.
        labels: Labels of the object.
        owned_hosts: Hosts of other entries and Services, each with its owner's name.
        addresses_allocated: The mesh gives entries an address of their own and applications use it: allocation
            (default from 1.25 on) together with DNS capture in every caller.
        cluster_domain: DNS domain of the cluster.
    """
    refused = (
        *_uncovered_tcp(spec, addresses_allocated),
        *_owned(spec, owned_hosts or {}),
        *_in_cluster(spec, cluster_domain),
        *_wildcard_dns(spec),
    )
    return (*invalid(spec, labels or {}, namespace, istio), *refused)


def _uncovered_tcp(spec: Mapping[str, Any], allocated: bool) -> Iterator[Problem]:
    """Refuse a port that would capture every address on its number."""
    resolution = text_at(spec.get("resolution")) or "NONE"
    if list_at(spec.get("addresses")) or (allocated and resolution != "NONE"):
        return
    for index, protocol in enumerate(port_protocols(spec)):
        if protocol.data_path_class in ("tcp", "auto"):
            number = map_at(list_at(spec.get("ports"))[index]).get("number")
            message = (
                f"without addresses this {protocol} port captures every unknown destination on port {number} in each "
                "namespace that sees the entry; give addresses, declare TLS or HTTP if that is spoken, or leave the "
                "host to the outbound policy ALLOW_ANY"
            )
            yield error("tcp-without-addresses", f"spec.ports[{index}]", message)


def _owned(spec: Mapping[str, Any], owned: Mapping[str, str]) -> Iterator[Problem]:
    for index, raw in enumerate(list_at(spec.get("hosts"))):
        for host, owner in sorted(owned.items()):
            # A wildcard beside an exact name is fine: the exact one wins.
            if text_at(raw).lower() == host.lower():
                message = (
                    f"{owner} already has the host {raw!r}, and which of the two wins depends on their age; extend it"
                )
                yield error("host-owned", f"spec.hosts[{index}]", message)


def _in_cluster(spec: Mapping[str, Any], cluster_domain: str) -> Iterator[Problem]:
    for index, raw in enumerate(list_at(spec.get("hosts"))):
        if overlaps(f"*.svc.{cluster_domain}", text_at(raw)) or text_at(raw) in ("kubernetes", "kubernetes.default"):
            message = "a Service of the cluster is known to the mesh already; an entry for it can cut pods off from it"
            yield error("host-in-cluster", f"spec.hosts[{index}]", message)


def _wildcard_dns(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Refuse a wildcard that is resolved through endpoints: Istio allows it, and all names end at the same place."""
    if text_at(spec.get("resolution")) not in ("DNS", "DNS_ROUND_ROBIN") or not list_at(spec.get("endpoints")):
        return
    for index, raw in enumerate(list_at(spec.get("hosts"))):
        if is_wildcard(text_at(raw)):
            message = f"every name under {raw!r} would go to the same endpoints; use resolution NONE, or exact hosts"
            yield error("wildcard-dns", f"spec.hosts[{index}]", message)
