"""Which mTLS mode holds at a pod's port, out of all PeerAuthentications.

Source: istio/istio pilot/pkg/security/authn/policy_applier.go ComposePeerAuthentication,
pilot/pkg/model/push_context.go BestEffortInferServiceMTLSMode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.model.fields import any_map_at, int_at, map_at, text_at

_DEFAULT = "PERMISSIVE"
_MODES = frozenset({"STRICT", "PERMISSIVE", "DISABLE"})


@dataclass(frozen=True, slots=True)
class Effective:
    """The mode that holds.

    Attributes:
        mode: `PERMISSIVE`, `STRICT` or `DISABLE`.
        level: What decided: `port`, `workload`, `namespace`, `mesh`, or `default`.
        source: `namespace/name` of the object, or an empty string.
        reason: One sentence for a person.
    """

    mode: str
    level: str
    source: str
    reason: str


def effective(
    objects: Iterable[Mapping[str, Any]],
    namespace: str,
    labels: Mapping[str, str],
    port: int | None = None,
    root_namespace: str = "istio-system",
    *,
    ambient: bool = False,
) -> Effective:
    """Tell which mode holds at a pod.

    Args:
        objects: All PeerAuthentications, raw, in any order.
        namespace: Of the pod.
        labels: Of the pod.
        port: Port that the container listens on (not that of the Service); None for a port without exception.
        root_namespace: Istio's root namespace, where an object without selector holds for the mesh.
        ambient: ztunnel enforces the mode, not a sidecar.
    """
    ordered = sorted(objects, key=_age)
    result = _for_service(ordered, namespace, root_namespace)
    chosen = next((o for o in ordered if _selects(o, namespace, labels, root_namespace)), None)
    if chosen is None:
        return result
    own_mode = _mode(map_at(chosen.get("spec")).get("mtls"))
    result = _override(result, chosen, own_mode, "workload")
    if port is None:
        return result
    exceptions = any_map_at(chosen, "spec", "portLevelMtls")
    at_port = next((value for key, value in exceptions.items() if int_at(key) == port), None)
    mode = _mode(at_port)
    if ambient and mode == "DISABLE" and not own_mode:
        return result  # ztunnel takes such an exception for none (ambient/authorization.go); PERMISSIVE works.
    return _override(result, chosen, mode, "port")


def service_mode(
    objects: Iterable[Mapping[str, Any]], namespace: str, root_namespace: str = "istio-system"
) -> Effective:
    """Tell which mode callers infer for a whole Service: they read the namespace and the mesh only.

    Where this is DISABLE, callers send plaintext even to a workload that is STRICT.
    """
    return _for_service(sorted(objects, key=_age), namespace, root_namespace)


def misled(service: Effective, at_pod: Effective) -> str | None:
    """Tell why callers would send plaintext to a pod that refuses it, or None where they would not."""
    if service.mode != "DISABLE" or at_pod.mode != "STRICT":
        return None
    return (
        f"{service.source} says DISABLE for the whole {service.level}, so callers send plaintext, but {at_pod.source} "
        "makes the workload STRICT; set the stricter mode on the namespace and DISABLE on the exceptions"
    )


def _for_service(ordered: list[Mapping[str, Any]], namespace: str, root_namespace: str) -> Effective:
    result = Effective(_DEFAULT, "default", "", "no PeerAuthentication applies, so plaintext and mTLS are accepted")
    for level, where in (("mesh", root_namespace), ("namespace", namespace)):
        if level == "namespace" and namespace == root_namespace:
            break
        chosen = next((o for o in ordered if _namespace(o) == where and not _selector(o)), None)
        if chosen is not None:
            result = _override(result, chosen, _mode(map_at(chosen.get("spec")).get("mtls")), level)
    return result


def _override(inherited: Effective, chosen: Mapping[str, Any], mode: str, level: str) -> Effective:
    """Put a mode over the inherited one; UNSET inherits."""
    if not mode:
        return inherited
    name = f"{_namespace(chosen)}/{text_at(map_at(chosen.get('metadata')).get('name'))}"
    return Effective(mode, level, name, f"PeerAuthentication {name} sets {mode} for the {level}")


def _mode(mtls: Any) -> str:
    mode = text_at(map_at(mtls).get("mode"))
    return mode if mode in _MODES else ""


def _namespace(raw: Mapping[str, Any]) -> str:
    return text_at(map_at(raw.get("metadata")).get("namespace"))


def _selector(raw: Mapping[str, Any]) -> Mapping[Any, Any]:
    return map_at(map_at(map_at(raw.get("spec")).get("selector")).get("matchLabels"))


def _selects(raw: Mapping[str, Any], namespace: str, labels: Mapping[str, str], root_namespace: str) -> bool:
    # A selector in the root namespace is ignored, although the API's comment says otherwise.
    selector = _selector(raw)
    if not selector or _namespace(raw) != namespace or namespace == root_namespace:
        return False
    return all(labels.get(key) == value for key, value in selector.items())


def _age(raw: Mapping[str, Any]) -> tuple[bool, str, str, str]:
    """Sort the oldest first; what has no time yet is not in the cluster yet."""
    metadata = map_at(raw.get("metadata"))
    created = str(metadata.get("creationTimestamp") or "")
    return not created, created, text_at(metadata.get("name")), _namespace(raw)
