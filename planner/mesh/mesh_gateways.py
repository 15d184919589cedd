"""Which workloads are gateways of the mesh itself: their only program is the mesh's proxy.

Source: istio/istio manifests/charts/gateway (the injection template `gateway`), pkg/kube/inject.
"""

from __future__ import annotations

from planner.model.workloads import Workload

_TEMPLATE = "inject.istio.io/templates"


def is_gateway(workload: Workload) -> bool:
    """Whether the only program of a pod is the mesh's own proxy."""
    images = [c.image.partition("@")[0].rpartition("/")[2].partition(":")[0] for c in workload.containers if not c.init]
    return images == ["proxyv2"] or workload.annotations.get(_TEMPLATE) == "gateway"
