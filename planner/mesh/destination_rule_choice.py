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
from planner.model.fields import dig, int_at, list_at, map_at, maps_at, strings_at, text_at


@dataclass(frozen=True, slots=True)
class Chosen:
    """The setting that holds.

    Attributes:
        tls: `TlsMode.UNSET` leaves the decision to automatic mTLS.
        source: `namespace/name` of the DestinationRule, or an empty string.
        marked: Setting of the host by which endpoints are marked all the same, where settings of the port without
            `tls` replace it.
    """

    tls: TlsMode = TlsMode.UNSET
    source: str = ""
    marked: TlsMode = TlsMode.UNSET


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
    return _setting(_rules(view, namespace, labels, owner, host), port, subset)


def subset_labels(
    view: MeshView, namespace: str, labels: Mapping[str, str], owner: str, host: str, subset: str
) -> Mapping[str, str] | None:
    """Find the labels of a subset in the rules that a caller follows; None where they do not define it."""
    for raw in _rules(view, namespace, labels, owner, host):
        for _, item in maps_at(raw, "spec", "subsets"):
            if text_at(item, "name") == subset:
                return strings_at(item, "labels")
    return None


def _rules(view: MeshView, namespace: str, labels: Mapping[str, str], owner: str, host: str) -> list[Raw]:
    """List the rules that a caller follows for a host: the first namespace that has any counts as a whole."""
    root = view.settings.root_namespace
    for where, local in ((namespace, True), (owner, False), (root, False)):
        rules = [r for r in view.in_namespace("DestinationRule", where) if covers(full_host(r, view), host)]
        best = _most_specific([r for r in rules if _counts(r, local=local, root=root)], view)
        seen = best if local else [r for r in best if exported(r, namespace) and not _selector(r)]
        if seen:
            return _for_pods(seen, namespace, labels)
    return []


def _counts(raw: Raw, *, local: bool, root: str) -> bool:
    """Whether a rule is among those that are looked at: from its own namespace, or from elsewhere."""
    own = namespace_of(raw)
    values = {text_at(value) for value in list_at(raw, "spec", "exportTo")}
    private = bool(_selector(raw)) or values in ({"."}, {own})
    if not local:
        return not private
    if own == root:
        return private  # a caller of the root namespace meets the exported ones last
    return bool(_selector(raw)) or not values or bool(values & {"*", ".", own})


def _for_pods(rules: list[Raw], namespace: str, labels: Mapping[str, str]) -> list[Raw]:
    """Keep the rules that hold for these pods: the first that selects them, else those without a selector.

    Rules that are exported differently are not merged; of several the youngest counts.
    Source: istio/istio pilot/pkg/model/sidecar.go DestinationRule, destination_rule.go mergeDestinationRule.
    """
    for raw in rules:
        selector = _selector(raw)
        if selector and namespace_of(raw) == namespace and all(labels.get(k) == v for k, v in selector.items()):
            return [raw]
    open_to_all = [raw for raw in rules if not _selector(raw)]
    if not open_to_all:
        return []
    last = _exports(list({_exports(raw): raw for raw in open_to_all}.values())[-1])
    return [raw for raw in open_to_all if _exports(raw) == last]


def _exports(raw: Raw) -> frozenset[str]:
    return frozenset(text_at(value) for value in list_at(raw, "spec", "exportTo"))


def _selector(raw: Raw) -> Mapping[str, Any]:
    return map_at(raw, "spec", "workloadSelector", "matchLabels")


def full_host(raw: Raw, view: MeshView) -> str:
    """Give the host of a rule; a name without a dot is completed with the rule's own namespace."""
    host = text_at(raw, "spec", "host")
    if "." in host or host.startswith("*"):
        return host
    return f"{host}.{namespace_of(raw)}.svc.{view.settings.cluster_domain}"


def _most_specific(rules: list[Raw], view: MeshView) -> list[Raw]:
    """Keep the rules of the most specific host, oldest first."""
    hosts = {full_host(raw, view) for raw in rules}
    best = max(hosts, key=lambda host: (not host.startswith("*"), len(host)), default="")
    return [raw for raw in rules if full_host(raw, view) == best]


def _setting(rules: list[Raw], port: int | None, subset: str) -> Chosen:
    """Read the setting: that of the subset over that of the port over that of the host."""
    if not rules:
        return Chosen()
    first = next((raw for raw in rules if dig(raw, "spec", "trafficPolicy") is not None), rules[0])
    source = f"{namespace_of(first)}/{text_at(first, 'metadata', 'name')}"
    policy = map_at(first, "spec", "trafficPolicy")
    selected = bool(_selector(first))
    for raw in rules:
        for _, item in maps_at(raw, "spec", "subsets"):
            if subset and text_at(item, "name") == subset and _tls(map_at(item, "trafficPolicy"), port) is not None:
                return Chosen(_mode(_tls(map_at(item, "trafficPolicy"), port), selected), source)
    tls = _mode(_tls(policy, port), selected)
    whole = tls is TlsMode.UNSET and not subset
    marked = _mode(policy.get("tls"), selected=True) if whole else TlsMode.UNSET
    return Chosen(tls, source, marked)


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
