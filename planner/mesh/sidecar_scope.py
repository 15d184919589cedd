"""Which hosts a sidecar knows, and what it does with all others: the `Sidecar` object that applies to it.

Source: istio/istio pilot/pkg/model/sidecar.go (ConvertToSidecarScope, selectServices), push_context.go getSidecarScope;
istio/api networking/v1alpha3/sidecar.proto (the zero value of the outbound mode is REGISTRY_ONLY).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.mesh.hostnames import covers
from planner.mesh.view import MeshView, Raw, namespace_of
from planner.model.fields import list_at, map_at, maps_at, text_at

_ALL = ("*/*",)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one caller's sidecar sees.

    Attributes:
        hosts: As `spec.egress[].hosts` writes them.
        registry_only: What is not known is refused.
        source: `namespace/name` of the Sidecar, or an empty string.
    """

    hosts: tuple[str, ...]
    registry_only: bool
    source: str

    @property
    def unrestricted(self) -> bool:
        """Whether every host of the mesh is seen."""
        return "*/*" in self.hosts and not any(host.startswith("~") for host in self.hosts)

    def sees(self, namespace: str, owner: str, host: str) -> bool:
        """Whether a caller of `namespace` knows a host that an object in the namespace `owner` defines."""
        if self.unrestricted:
            return True
        excluded = (entry[1:] for entry in self.hosts if entry.startswith("~") and not entry.startswith("~/"))
        if any(_names(entry, namespace, owner, host) for entry in excluded):
            return False
        return any(_names(entry, namespace, owner, host) for entry in self.hosts if not entry.startswith("~"))


def scope_of(view: MeshView, namespace: str, labels: Mapping[str, str]) -> Scope:
    """Find the Sidecar that applies to a caller: by selector, else of its namespace, else of the root namespace."""
    if not view.of_kind("Sidecar"):
        return Scope(_ALL, view.settings.registry_only, "")
    root = view.settings.root_namespace
    own = view.in_namespace("Sidecar", namespace)
    chosen = next((raw for raw in own if _selector(raw) and _selected(raw, labels)), None)
    chosen = chosen or next((raw for raw in own if not _selector(raw)), None)
    chosen = chosen or next((raw for raw in view.in_namespace("Sidecar", root) if not _selector(raw)), None)
    if chosen is None:
        return Scope(_ALL, view.settings.registry_only, "")
    hosts = [text_at(host) for _, item in maps_at(chosen, "spec", "egress") for host in list_at(item, "hosts")]
    name = f"{namespace_of(chosen)}/{text_at(chosen, 'metadata', 'name')}"
    return Scope(tuple(hosts) or _ALL, _closed(chosen, view), name)


def _closed(raw: Raw, view: MeshView) -> bool:
    spec = map_at(raw, "spec")
    if not isinstance(spec.get("outboundTrafficPolicy"), Mapping):
        return view.settings.registry_only
    return text_at(spec, "outboundTrafficPolicy", "mode") != "ALLOW_ANY"


def _selector(raw: Raw) -> Mapping[str, object]:
    return map_at(raw, "spec", "workloadSelector", "labels")


def _selected(raw: Raw, labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in _selector(raw).items())


def _names(entry: str, namespace: str, owner: str, host: str) -> bool:
    where, _, pattern = entry.partition("/")
    where = namespace if where == "." else where
    return where in ("*", owner) and (pattern == "*" or covers(pattern, host))
