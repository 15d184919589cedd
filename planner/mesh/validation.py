"""One door to the checks of Istio objects, for a renderer that wants to be sure before it writes.

Cross-object references (does the host, subset or gateway exist) are no part of this; nobody checks them at
admission, and `istioctl analyze` only afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.mesh.destination_rule import destination_rule_problems
from planner.mesh.problem import Problem, error
from planner.mesh.service_entry import problems as service_entry_problems
from planner.mesh.versions import Version
from planner.mesh.virtual_service import virtual_service_problems
from planner.model.fields import any_map_at, int_at, map_at, text_at

CHECKED_KINDS = frozenset({"DestinationRule", "PeerAuthentication", "ServiceEntry", "VirtualService"})
"""Kinds that `object_problems` knows."""

_MTLS_MODES = frozenset({"UNSET", "DISABLE", "PERMISSIVE", "STRICT"})


def object_problems(
    raw: Mapping[str, Any],
    istio: Version,
    *,
    owned_hosts: Mapping[str, str] | None = None,
    addresses_allocated: bool = False,
    cluster_domain: str = "cluster.local",
) -> tuple[Problem, ...] | None:
    """List what is wrong with one Istio object; None means that its kind is not checked here.

    The keyword arguments are those of `service_entry.problems`.
    """
    metadata, spec = map_at(raw.get("metadata")), map_at(raw.get("spec"))
    namespace, kind = text_at(metadata.get("namespace")), raw.get("kind")
    if kind == "VirtualService":
        return virtual_service_problems(spec, namespace)
    if kind == "DestinationRule":
        return destination_rule_problems(spec, namespace)
    if kind == "PeerAuthentication":
        return tuple(peer_authentication_problems(spec))
    if kind != "ServiceEntry":
        return None
    return service_entry_problems(
        spec,
        namespace,
        istio,
        labels=map_at(metadata.get("labels")),
        owned_hosts=owned_hosts,
        addresses_allocated=addresses_allocated,
        cluster_domain=cluster_domain,
    )


def peer_authentication_problems(spec: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what Istio refuses in the `spec` of a PeerAuthentication.

    Source: istio/istio pkg/config/validation/validation.go ValidatePeerAuthentication.
    """
    yield from _mode(spec.get("mtls"), "spec.mtls.mode")
    if "portLevelMtls" not in spec:
        return
    field, ports = "spec.portLevelMtls", any_map_at(spec, "portLevelMtls")
    if not map_at(map_at(spec.get("selector")).get("matchLabels")):
        yield error("ports-without-selector", field, "portLevelMtls needs a selector with labels")
    if not ports:
        yield error("ports-empty", field, "portLevelMtls must not be empty")
    for port, value in ports.items():
        if not 1 <= (int_at(port) or 0) <= 65535:
            yield error("port", field, f"{port!r} is not a container port in 1 to 65535")
        yield from _mode(value, f"{field}.{port}.mode")


def _mode(mtls: Any, field: str) -> Iterator[Problem]:
    mode = map_at(mtls).get("mode")
    if mode is not None and text_at(mode) not in _MTLS_MODES:
        yield error("mode", field, f"{mode!r} is not a mode of Istio")
