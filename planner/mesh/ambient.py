"""Whether a pod is captured by ambient mode.

Source: istio/istio cni/pkg/util/enablement_selector.go, values.yaml of the istio-cni chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.mesh.injection_labels import DATAPLANE_MODE

SIDECAR_STATUS = "sidecar.istio.io/status"
"""Annotation that injection leaves on a pod; such a pod is passed over."""

EXCLUDED_NAMESPACES = frozenset({"kube-system"})
"""Default of the CNI chart's `excludeNamespaces`."""


@dataclass(frozen=True, slots=True)
class Capture:
    """Whether ztunnel handles a pod's traffic.

    Attributes:
        captured: The answer.
        reason: One sentence for a person.
    """

    captured: bool
    reason: str


def captured(
    namespace_name: str,
    namespace_labels: Mapping[str, str],
    pod_labels: Mapping[str, str],
    pod_annotations: Mapping[str, str],
    host_network: bool,
    excluded_namespaces: frozenset[str] = EXCLUDED_NAMESPACES,
) -> Capture:
    """Tell whether ambient mode captures a pod; unlike injection this needs no restart."""
    if host_network:
        return Capture(False, "a pod on the host's network is never captured")
    if SIDECAR_STATUS in pod_annotations:
        return Capture(False, "the pod has a sidecar, which comes before ambient")
    if namespace_name in excluded_namespaces:
        return Capture(False, f"Istio CNI leaves the namespace {namespace_name} out")
    own = pod_labels.get(DATAPLANE_MODE)
    if own == "ambient":
        return Capture(True, f"the pod has the label {DATAPLANE_MODE}=ambient")
    if namespace_labels.get(DATAPLANE_MODE) != "ambient":
        return Capture(False, f"neither the pod nor its namespace has the label {DATAPLANE_MODE}=ambient")
    if own == "none":
        return Capture(False, f"the pod opts out with the label {DATAPLANE_MODE}=none")
    return Capture(True, f"the namespace has the label {DATAPLANE_MODE}=ambient")
