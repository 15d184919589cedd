"""NetworkPolicies: what may flow. Hints only, never enough to believe in a flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.evidence import confidence
from planner.evidence.sighting import Sighting, cite
from planner.evidence.world import World
from planner.mesh.label_selector import is_empty, matches
from planner.model.fields import Path, int_at, map_at, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.workloads import Workload

READER = "network-policies"
_MOST = 60
"""A rule that lets more pairs pass than this says nothing about any of them."""
KINDS = ("NetworkPolicy",)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield a hint for each pair of workloads that a rule names."""
    for policy in world.inventory.of_kind("NetworkPolicy"):
        selector = map_at(policy.raw, "spec", "podSelector")
        if is_empty(selector):
            continue
        own = [w for w in world.inventory.workloads_in(policy.ref.namespace) if matches(selector, w.labels)]
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for r, rule in maps_at(policy.raw, "spec", direction):
                for f, peer in maps_at(rule, peers):
                    others = _workloads(policy, peer, world)
                    sources, targets = (others, own) if direction == "ingress" else (own, others)
                    yield from _pairs(policy, ("spec", direction, r, peers, f), sources, targets, rule, world)


def _pairs(
    policy: KubeObject,
    path: Path,
    sources: list[Workload],
    targets: list[Workload],
    rule: Mapping[str, Any],
    world: World,
) -> Iterator[Sighting]:
    if len(sources) * len(targets) > _MOST:
        return
    evidence = cite(READER, policy, path, confidence.POLICY_HINT, f"NetworkPolicy {policy.ref.name} lets it pass")
    for target in targets:
        for ref, port in _callees(target, rule, world):
            for source in sources:
                if source.ref != target.ref:
                    yield Sighting(source.ref, ref, evidence, port)


def _workloads(policy: KubeObject, peer: Mapping[str, Any], world: World) -> list[Workload]:
    """Workloads that a peer names; a peer that names all pods names none in particular."""
    pods, spaces = map_at(peer, "podSelector"), peer.get("namespaceSelector")
    if is_empty(pods):
        return []
    if spaces is None:
        namespaces: tuple[str, ...] = (policy.ref.namespace,)
    else:
        labels = {
            n: {"kubernetes.io/metadata.name": n, **(world.inventory.namespace_labels(n) or {})}
            for n in world.inventory.namespaces
        }
        namespaces = tuple(n for n, own in labels.items() if matches(spaces, own))
    return [w for n in namespaces for w in world.inventory.workloads_in(n) if matches(pods, w.labels)]


def _callees(target: Workload, rule: Mapping[str, Any], world: World) -> list[tuple[Ref, int | None]]:
    """Services (with their own ports) behind which the policy's pod ports stand."""
    found: list[tuple[Ref, int | None]] = []
    for _, port in maps_at(rule, "ports"):
        wanted = int_at(port, "port") or text_at(port, "port")
        behind = world.service_for(target, wanted) if wanted else None
        if behind:
            found.append((behind[0].ref, behind[1].number))
    services = world.inventory.in_front_of(target)
    if not found and services:
        return [(services[0].ref, services[0].ports[0].number if len(services[0].ports) == 1 else None)]
    return found
