"""Labels that pick the pods of one workload and no others, for a PeerAuthentication of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from planner.model.fields import strings_at
from planner.model.inventory import Inventory
from planner.model.refs import SERVICE, Ref


def selector_for(callee: Ref, inventory: Inventory) -> tuple[dict[str, str], bool]:
    """Choose labels for a workload, or for the pods behind a Service that an operator fills.

    Returns:
        The labels (empty where there are none), and whether they pick this workload alone.
    """
    if callee.kind == SERVICE:
        service = inventory.service(callee.namespace, callee.name)
        return (dict(service.selector) if service else {}), True
    best: dict[str, str] = {}
    for labels in _candidates(callee, inventory):
        picked = [
            w for w in inventory.workloads_in(callee.namespace) if all(w.labels.get(k) == v for k, v in labels.items())
        ]
        if labels and [w.ref for w in picked] == [callee]:
            return dict(labels), True
        best = best or dict(labels)
    return best, False


def _candidates(callee: Ref, inventory: Inventory) -> Iterator[Mapping[str, str]]:
    workload = inventory.workload(callee)
    if workload is None:
        return
    for service in inventory.in_front_of(workload):
        yield dict(sorted(service.selector.items()))
    yield dict(sorted(strings_at(workload.object.raw, "spec", "selector", "matchLabels").items()))
    yield dict(sorted(workload.labels.items()))
