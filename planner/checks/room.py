"""How much room the pods of a namespace take, and how much their proxies would.

Source: istio/istio manifests/charts/istio-control values.yaml (defaults) and injection-template.yaml of the
istio-discovery chart (one annotation drops all four).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.checks.quantities import parse, show
from planner.mesh.webhooks import INJECT
from planner.model.fields import dig, int_at, map_at, text_at
from planner.model.workloads import Workload

_MEBI = 1024.0**2
_DEFAULTS = {"requests.cpu": 0.1, "requests.memory": 128 * _MEBI, "limits.cpu": 2.0, "limits.memory": 1024 * _MEBI}
_ANNOTATIONS = {
    "requests.cpu": "sidecar.istio.io/proxyCPU",
    "requests.memory": "sidecar.istio.io/proxyMemory",
    "limits.cpu": "sidecar.istio.io/proxyCPULimit",
    "limits.memory": "sidecar.istio.io/proxyMemoryLimit",
}
_ALIASES = {"cpu": "requests.cpu", "memory": "requests.memory"}


@dataclass(frozen=True, slots=True)
class Need:
    """What the pods of a namespace take.

    Attributes:
        used: Cores and bytes of the pods as they are, by `requests.cpu` and the like.
        more: The same for one proxy in each.
        proxies: Number of proxies.
        uncertain: Whether some pods cannot be counted.
    """

    used: Mapping[str, float]
    more: Mapping[str, float]
    proxies: int
    uncertain: bool


def quota_key(key: str) -> str | None:
    """Give the resource that a quota key measures, or None for one that proxies do not touch."""
    name = _ALIASES.get(key, key)
    return name if name in _DEFAULTS else None


def proxy(workload: Workload) -> Mapping[str, float]:
    """Give the proxy's own requests and limits in the pods of a workload."""
    told = {name: value for name, key in _ANNOTATIONS.items() if (value := parse(workload.annotations.get(key)))}
    return told or _DEFAULTS


def needs(workloads: Iterable[Workload]) -> Need:
    """Add up what the pods of a namespace take, at their wanted number, without the surge of a rollout."""
    used: dict[str, float] = defaultdict(float)
    more: dict[str, float] = defaultdict(float)
    proxies, uncertain = 0, False
    for workload in workloads:
        pods = _pods(workload)
        uncertain |= workload.ref.kind == "DaemonSet"
        joins = not workload.host_network and workload.labels.get(INJECT) != "false"
        proxies += pods if joins else 0
        for resource in _DEFAULTS:
            used[resource] += pods * _of_pod(workload, resource)
            more[resource] += pods * proxy(workload).get(resource, 0.0) if joins else 0.0
    return Need(used, more, proxies, uncertain)


def _pods(workload: Workload) -> int:
    if workload.ref.kind in ("Job", "CronJob"):
        path = ("spec", "jobTemplate", "spec") if workload.ref.kind == "CronJob" else ("spec",)
        return int_at(workload.object.raw, *path, "parallelism") or 1
    return workload.replicas


def _of_pod(workload: Workload, resource: str) -> float:
    """Give the sum of the containers, or the largest init container where that is more."""
    part, name = resource.split(".")
    sums = {True: 0.0, False: 0.0}
    for container in workload.containers:
        value = parse(dig(container.raw, "resources", part, name))
        if value is None and part == "requests":
            value = parse(dig(container.raw, "resources", "limits", name))
        first = container.init and not container.sidecar
        sums[first] = max(sums[first], value or 0.0) if first else sums[first] + (value or 0.0)
    return max(sums.values())


def range_problems(item: Mapping[str, Any], workloads: Iterable[Workload]) -> Iterator[tuple[str, str, str]]:
    """Yield (field, resource, sentence) for what one entry of a LimitRange refuses."""
    wanted = [proxy(w) for w in workloads if not w.host_network] or [_DEFAULTS]
    if text_at(item, "type") not in ("Container", "Pod"):
        return
    for resource in ("cpu", "memory"):
        limit = max(w.get(f"limits.{resource}", 0.0) for w in wanted)
        request = min(w.get(f"requests.{resource}", 0.0) for w in wanted)
        most, least = parse(map_at(item, "max").get(resource)), parse(map_at(item, "min").get(resource))
        ratio = parse(map_at(item, "maxLimitRequestRatio").get(resource))
        if most is not None and limit > most:
            yield (
                "max",
                resource,
                f"the proxy's {resource} limit {show(limit, resource)} is above {show(most, resource)}",
            )
        if least is not None and 0 < request < least and item.get("type") == "Container":
            yield (
                "min",
                resource,
                f"the proxy's {resource} request {show(request, resource)} is below {show(least, resource)}",
            )
        if ratio is not None and request > 0 and limit / request > ratio:
            text = f"the proxy's {resource} limit is {limit / request:g} times its request, {ratio:g} is allowed"
            yield "maxLimitRequestRatio", resource, text
