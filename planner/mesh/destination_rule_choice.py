"""Which TLS setting of which DestinationRule a caller's proxy follows for a host.

Source: istio/istio pilot/pkg/model/push_context.go destinationRule (caller's namespace, then the Service's, then the
root namespace; the first that has a match wins as a whole), destination_rule.go (one host twice in a namespace),
pilot/pkg/networking/core/cluster_tls.go (a credentialName without a workloadSelector is ignored by sidecars).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.mesh.hostnames import covers
from planner.mesh.transport_kinds import TlsMode
from planner.mesh.view import MeshView, Raw, exported, namespace_of
from planner.model.fields import dig, int_at, map_at, maps_at, text_at


@dataclass(frozen=True, slots=True)
class Chosen:
    """The setting that holds.

    Attributes:
        tls: `TlsMode.UNSET` leaves the decision to automatic mTLS.
        source: `namespace/name` of the DestinationRule, or an empty string.
    """

    tls: TlsMode = TlsMode.UNSET
    source: str = ""


def choose(
    view: MeshView, namespace: str, labels: Mapping[str, str], owner: str, host: str, port: int | None, subset: str = ""
) -> Chosen:
    """Find the TLS setting that a caller follows.

    Args:
        view: The mesh.
        namespace: Of the caller.
        labels: Of the caller's pods.
        owner: Namespace of the Service, or of the ServiceEntry.
        host: Full name of the Service or host.
        port: Port of the Service.
        subset: Subset that a route selects.
    """
    for where in dict.fromkeys((namespace, owner, view.settings.root_namespace)):
        rules = [r for r in view.in_namespace("DestinationRule", where) if _concerns(r, view, namespace, labels, host)]
        if rules:
            return _setting(_most_specific(rules, view), port, subset)
    return Chosen()


def _concerns(raw: Raw, view: MeshView, namespace: str, labels: Mapping[str, str], host: str) -> bool:
    selector = map_at(raw, "spec", "workloadSelector", "matchLabels")
    own = namespace_of(raw) == namespace
    if selector and not (own and all(labels.get(key) == value for key, value in selector.items())):
        return False
    return (own or exported(raw, namespace)) and covers(full_host(raw, view), host)


def full_host(raw: Raw, view: MeshView) -> str:
    """Give the host of a rule; a name without a dot is completed with the rule's own namespace."""
    host = text_at(raw, "spec", "host")
    if "." in host or host.startswith("*"):
        return host
    return f"{host}.{namespace_of(raw)}.svc.{view.settings.cluster_domain}"


def _most_specific(rules: list[Raw], view: MeshView) -> list[Raw]:
    """Keep the rules of the most specific host, oldest first; one with a selector goes before those without."""
    hosts = {full_host(raw, view) for raw in rules}
    best = max(hosts, key=lambda host: (not host.startswith("*"), len(host)))
    same = [raw for raw in rules if full_host(raw, view) == best]
    return sorted(same, key=lambda raw: not map_at(raw, "spec", "workloadSelector", "matchLabels"))


def _setting(rules: list[Raw], port: int | None, subset: str) -> Chosen:
    """Read the setting: that of the subset over that of the port over that of the host."""
    first = next((raw for raw in rules if dig(raw, "spec", "trafficPolicy") is not None), rules[0])
    source = f"{namespace_of(first)}/{text_at(first, 'metadata', 'name')}"
    policy = map_at(first, "spec", "trafficPolicy")
    selected = bool(map_at(first, "spec", "workloadSelector", "matchLabels"))
    for raw in rules:
        for _, item in maps_at(raw, "spec", "subsets"):
            if subset and text_at(item, "name") == subset and _tls(map_at(item, "trafficPolicy"), port) is not None:
                return Chosen(_mode(_tls(map_at(item, "trafficPolicy"), port), selected), source)
    return Chosen(_mode(_tls(policy, port), selected), source)


def _tls(policy: Raw, port: int | None) -> Any:
    """Give the `tls` that holds for a port; settings of a port replace those of the host."""
    for _, item in maps_at(policy, "portLevelSettings"):
        if int_at(item, "port", "number") == port:
            return item.get("tls")
    return policy.get("tls")


def _mode(tls: Any, selected: bool) -> TlsMode:
    if not isinstance(tls, Mapping):
        return TlsMode.UNSET
    mode = text_at(tls, "mode") or "DISABLE"  # the zero value of the enumeration
    credential = text_at(tls, "credentialName")
    if mode in ("SIMPLE", "MUTUAL") and credential and not selected and not credential.startswith("configmap://"):
        return TlsMode.DISABLE
    return TlsMode(mode) if mode in list(TlsMode) else TlsMode.UNSET
