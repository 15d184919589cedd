"""Selector-less Services: the addresses outside the cluster that their Endpoints or EndpointSlices name.

Such objects make no call themselves; they say where the calls to the Service end up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.model.fields import list_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import Ref

_SLICE_OWNER = "kubernetes.io/service-name"


def addresses_behind(inventory: Inventory) -> Mapping[Ref, tuple[str, ...]]:
    """Return the addresses behind each Service without a selector, sorted; Services without any are left out.

    Endpoints that point at a pod (`targetRef`) are inside the cluster and are passed over.
    """
    wanted = {
        (service.ref.namespace, service.ref.name): service.ref
        for service in inventory.services
        if not service.selector and not service.external_name and service.ref.name != "kubernetes"
    }
    found: dict[Ref, set[str]] = {}
    for obj in inventory.of_kind("Endpoints", "EndpointSlice"):
        owner = obj.ref.name if obj.ref.kind == "Endpoints" else obj.labels.get(_SLICE_OWNER, "")
        ref = wanted.get((obj.ref.namespace, owner))
        if ref:
            found.setdefault(ref, set()).update(_addresses(obj))
    return {ref: tuple(sorted(ips)) for ref, ips in found.items() if ips}


def _addresses(obj: KubeObject) -> Iterator[str]:
    for _, subset in maps_at(obj.raw, "subsets"):
        for _, address in maps_at(subset, "addresses"):
            if "targetRef" not in address and text_at(address, "ip"):
                yield text_at(address, "ip")
    for _, endpoint in maps_at(obj.raw, "endpoints"):
        if "targetRef" not in endpoint:
            yield from (ip for ip in list_at(endpoint, "addresses") if isinstance(ip, str))
