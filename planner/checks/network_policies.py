"""What a NetworkPolicy selects, restricts and lets out.

Source: Kubernetes NetworkPolicy documentation: policies add up, an empty rule opens everything, and a policy
without `policyTypes` restricts ingress, and egress where it has egress rules.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from planner.mesh.label_selector import is_empty, matches
from planner.model.fields import dig, int_at, list_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.workloads import Workload


def applies(policy: KubeObject, workload: Workload) -> bool:
    """Whether a policy selects the pods of a workload of its namespace."""
    selector = map_at(policy.raw, "spec", "podSelector")
    return is_empty(selector) or matches(selector, workload.labels)


def restricts(policy: KubeObject, direction: str) -> bool:
    """Whether a policy isolates its pods in a direction, `Ingress` or `Egress`."""
    types = list_at(policy.raw, "spec", "policyTypes")
    if types:
        return direction in types and not opens_everything(policy, direction.lower())
    return direction == "Ingress" or bool(list_at(policy.raw, "spec", "egress"))


def opens_everything(policy: KubeObject, part: str) -> bool:
    """Whether one rule of a policy is empty, which lets everything through."""
    return any(not rule for _, rule in maps_at(policy.raw, "spec", part))


def allows(policy: KubeObject, port: int, protocol: str, labels: Mapping[str, str]) -> bool:
    """Whether a policy lets its pods reach a port of the pods of a namespace with these labels."""
    return any(_port(rule, port, protocol) and _peer(rule, labels) for _, rule in maps_at(policy.raw, "spec", "egress"))


def _port(rule: Mapping[str, Any], port: int, protocol: str) -> bool:
    ports = list(maps_at(rule, "ports"))
    return not ports or any(_covers(item, port, protocol) for _, item in ports)


def _covers(item: Mapping[str, Any], port: int, protocol: str) -> bool:
    if (text_at(item, "protocol") or "TCP") != protocol:
        return False
    first, last = int_at(item, "port"), int_at(item, "endPort")
    if dig(item, "port") is None:
        return True
    # A named port means a container's; istiod's and DNS's names are not known here.
    return first is not None and first <= port <= (last or first)


def _peer(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    peers = list(maps_at(rule, "to"))
    return not peers or any(_reaches(peer, labels) for _, peer in peers)


def _reaches(peer: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    block = text_at(peer, "ipBlock", "cidr")
    if block:
        return _wide(block)
    if "namespaceSelector" not in peer:
        return False
    selector = peer["namespaceSelector"]
    return is_empty(selector) or matches(selector, labels)


def _wide(block: str) -> bool:
    """Whether a range is so wide that it holds the cluster's own addresses."""
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return network.prefixlen <= 8 and (network.prefixlen == 0 or network.is_private)
