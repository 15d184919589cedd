"""DestinationRules that force mTLS are relaxed before their first caller gets a proxy.

While namespaces join one by one some callees have no proxy yet, and a rule that forces ISTIO_MUTUAL breaks every call
to them. Without the setting automatic mTLS decides for each pod and arrives at the same once all are in.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go (a rule's TLS setting decides completely).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planner.bundle.ownership import owner
from planner.bundle.part import Part, by_hand, left_out, together
from planner.bundle.patching import RESOURCES, before, merge_bodies
from planner.bundle.work import Work
from planner.model.bundle import Change, Patch, PatchType
from planner.model.fields import list_at, map_at, text_at
from planner.model.objects import KubeObject
from planner.model.plan import Repair, RepairKind

_KIND = "DestinationRule"
_POLICY = ("spec", "trafficPolicy")
_PORTS = "portLevelSettings"


def relax(work: Work, phase: int) -> Part:
    """Take forced mTLS away from the rules that the plan found to break calls in a phase."""
    return together(_relax(work, repair.subject.namespace, repair.subject.name) for repair in _wanted(work, phase))


def _wanted(work: Work, phase: int) -> Iterator[Repair]:
    return (r for r in work.plan.repairs if r.kind is RepairKind.RELAX_RULE and r.phase == phase)


def _relax(work: Work, namespace: str, name: str) -> Part:
    obj = work.inventory.get(_KIND, namespace, name)
    if obj is None:
        return Part()
    known = owner(obj)
    if known.operator:
        text = f"{obj.ref} belongs to {known.operator}: let it take tls.mode ISTIO_MUTUAL away"
        return by_hand(f"{text}.", f"{obj.ref}: put tls.mode ISTIO_MUTUAL back.")
    changes = tuple(_changes(obj))
    if not changes:
        return Part(notes=(left_out(obj.ref, f"{obj.ref} has no tls.mode ISTIO_MUTUAL where it was expected"),))
    why = "It forces mTLS to pods that have no proxy yet; automatic mTLS encrypts to those that have one."
    return Part(patches=(_patch(obj, changes, why, known.warning),))


def _changes(obj: KubeObject) -> Iterator[Change]:
    """List the changes: lists are replaced whole, since a merge patch knows no items."""
    spec = map_at(obj.raw, "spec")
    policy = map_at(spec, "trafficPolicy")
    ports, subsets = list_at(policy, _PORTS), list_at(spec, "subsets")
    fresh = _without_force(ports)
    gone = {"tls"} if _forces(policy) else set[str]()
    gone |= {_PORTS} if ports and not fresh else set()
    if gone and not policy.keys() - gone:
        yield Change(_POLICY, policy, None)  # Istio refuses a policy that sets nothing
    else:
        yield from (Change((*_POLICY, key), policy[key], None) for key in sorted(gone))
        if fresh and fresh != list(ports):
            yield Change((*_POLICY, _PORTS), list(ports), fresh)
    relaxed = [_subset(item) for item in subsets]
    if relaxed != list(subsets):
        yield Change(("spec", "subsets"), list(subsets), relaxed)


def _without_force(ports: Iterable[Any]) -> list[Any]:
    """Give the settings of ports without forced mTLS; one that sets nothing else falls back to the host's."""
    kept = [_without_tls(item) for item in ports]
    return [item for item in kept if not isinstance(item, Mapping) or item.keys() - {"port"}]


def _without_tls(item: Any) -> Any:
    forced = isinstance(item, Mapping) and _forces(item)
    return {key: value for key, value in item.items() if key != "tls"} if forced else item


def _subset(item: Any) -> Any:
    if not isinstance(item, Mapping) or not isinstance(item.get("trafficPolicy"), Mapping):
        return item
    policy = dict(_without_tls(item["trafficPolicy"]))
    if list_at(policy, _PORTS):
        policy[_PORTS] = _without_force(list_at(policy, _PORTS))
    policy = {key: value for key, value in policy.items() if value != []}
    rest = {key: value for key, value in item.items() if key != "trafficPolicy"}
    return {**rest, "trafficPolicy": policy} if policy else rest


def _forces(policy: Mapping[str, Any]) -> bool:
    return text_at(policy, "tls", "mode") == "ISTIO_MUTUAL"


def _patch(obj: KubeObject, changes: tuple[Change, ...], why: str, warning: str) -> Patch:
    body, undo = merge_bodies(changes)
    return Patch(
        ref=obj.ref,
        resource=RESOURCES[_KIND],
        api_version=obj.api_version,
        type=PatchType.MERGE,
        body=body,
        undo=undo,
        before=before(changes),
        why=why,
        warning=warning,
        changes=changes,
    )
