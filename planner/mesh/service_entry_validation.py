"""Istio's own validation of a ServiceEntry, rule by rule.

Source: istio/istio pkg/config/validation/validation.go ValidateServiceEntry, branch release-1.31; crd-all.gen.yaml
of manifests/charts/base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.mesh.export_to import export_problems
from planner.mesh.hostnames import is_cidr, is_dns_label, is_ip, is_wildcard, is_wildcard_domain
from planner.mesh.problem import Problem, error, warning
from planner.mesh.protocol import Protocol, exact_token
from planner.mesh.service_entry_resolution import resolution_problems
from planner.mesh.versions import Version
from planner.model.fields import int_at, list_at, map_at, text_at

MAX_ENTRIES = 256
"""Most hosts, addresses and ports that the CRD's schema allows; `MAX_ADDRESS` is the longest address."""

MAX_ADDRESS = 64


def invalid(spec: Mapping[str, Any], labels: Mapping[str, str], namespace: str, istio: Version) -> Iterator[Problem]:
    """Yield what Istio's webhook and the CRD refuse or warn about.

    Left to `service_entry` is the warning on TCP ports without addresses, which meshplan refuses. The warning on
    several hosts with addresses on a TCP port is not repeated, since `_mixed_host_problems` refuses
    the same object.
    """
    yield from _selector_problems(spec)
    yield from _host_problems(spec)
    yield from _address_problems(spec)
    yield from _port_problems(spec)
    yield from resolution_problems(spec, labels, istio)
    yield from _mixed_host_problems(spec)
    yield from export_problems(spec.get("exportTo"), namespace, nobody_allowed=True)
    yield from _size_problems(spec)


def _selector_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    field = "spec.workloadSelector"
    if spec.get("workloadSelector") is None:
        return
    labels = map_at(map_at(spec.get("workloadSelector")).get("labels"))
    for key, value in labels.items():
        if not key or "*" in str(key) or "*" in text_at(value):
            yield error("selector-label", f"{field}.labels", f"{key!r}: keys must not be empty, and no `*` is allowed")
    if list_at(spec.get("endpoints")):
        yield error("selector-and-endpoints", field, "workloadSelector and endpoints exclude each other")
    if not labels:
        yield warning("selector-empty", field, "a workloadSelector without labels selects nothing in particular")
    if text_at(spec.get("resolution")) in ("", "NONE"):
        yield warning("selector-without-resolution", field, "with resolution NONE a workloadSelector has no effect")


def _host_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    hosts = list_at(spec.get("hosts"))
    if not hosts:
        yield error("no-hosts", "spec.hosts", "at least one host is required")
    for index, raw in enumerate(hosts):
        host, field = text_at(raw), f"spec.hosts[{index}]"
        if host == "*":
            yield error("host-star", field, "`*` alone is not allowed as a host")
        elif not is_wildcard_domain(host):
            yield error("host-name", field, f"{raw!r} is not a domain name")
        elif is_wildcard(host) and not host.startswith("*.") and text_at(spec.get("resolution")) != "DYNAMIC_DNS":
            yield warning("host-partial-wildcard", field, f"{host!r}: a wildcard for part of a label is not matched")


def _address_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    resolution = text_at(spec.get("resolution")) or "NONE"
    for index, raw in enumerate(list_at(spec.get("addresses"))):
        address, field = text_at(raw), f"spec.addresses[{index}]"
        if is_cidr(address):
            if resolution not in ("NONE", "STATIC"):
                yield error("address-range", field, f"a range needs resolution NONE or STATIC, not {resolution}")
        elif not is_ip(address):
            yield error("address", field, f"{raw!r} is neither an address nor a range")
        if len(address) > MAX_ADDRESS:
            yield error("address-length", field, f"an address has at most {MAX_ADDRESS} characters")


def _port_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Each port by itself, then names and numbers that occur twice."""
    names, numbers = set[str](), set[int | None]()
    for index, raw in enumerate(list_at(spec.get("ports"))):
        field, port = f"spec.ports[{index}]", map_at(raw)
        name, value = text_at(port.get("name")), int_at(port.get("number"))
        yield from _one_port(field, port, name, value)
        if name in names:
            yield error("port-name-twice", f"{field}.name", f"the name {name!r} is used twice")
        if value in numbers:
            yield error("port-number-twice", f"{field}.number", f"the number {value} is used twice")
        names.add(name)
        numbers.add(value)


def _one_port(field: str, port: Mapping[str, Any], name: str, value: int | None) -> Iterator[Problem]:
    if not port:
        yield error("port-null", field, "a port must not be empty")
        return
    if value is None or not 1 <= value <= 65535:
        yield error("port-number", f"{field}.number", f"{port.get('number')!r} is not in 1 to 65535")
    if not is_dns_label(name):
        yield error("port-name", f"{field}.name", f"{name!r}: a name is required, and it must be a DNS label")
    target = port.get("targetPort")
    if target not in (None, 0) and not 1 <= (int_at(target) or 0) <= 65535:
        yield error("target-port", f"{field}.targetPort", f"{target!r} is not in 1 to 65535")
    if exact_token(text_at(port.get("protocol"))) is None:
        yield error(
            "port-protocol", f"{field}.protocol", f"{port.get('protocol')!r} is not exactly a protocol of Istio"
        )


def _mixed_host_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Several hosts behind resolved addresses need a protocol that names the host."""
    if text_at(spec.get("resolution")) in ("", "NONE") or len(list_at(spec.get("hosts"))) < 2:
        return
    for index, protocol in enumerate(port_protocols(spec)):
        if protocol.data_path_class not in ("http", "tls"):
            field = f"spec.ports[{index}].protocol"
            yield error("hosts-on-tcp", field, f"several hosts cannot be told apart on a {protocol} port")


def _size_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    for key in ("hosts", "addresses", "ports"):
        if len(list_at(spec.get(key))) > MAX_ENTRIES:
            yield error("too-many", f"spec.{key}", f"at most {MAX_ENTRIES} entries are allowed")


def port_protocols(spec: Mapping[str, Any]) -> tuple[Protocol, ...]:
    """Give the protocol of each port in order; a wrong token is taken for TCP."""
    tokens = (text_at(map_at(port).get("protocol")) for port in list_at(spec.get("ports")))
    return tuple(exact_token(token) or Protocol.TCP for token in tokens)
