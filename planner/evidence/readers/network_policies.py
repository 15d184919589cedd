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
    """Yield a hint for each pair of workloads that an ingress rule names."""
    for policy in world.inventory.of_kind("NetworkPolicy"):
        selector = map_at(policy.raw, "spec", "podSelector")
        if is_empty(selector):
            continue
        targets = [w for w in world.inventory.workloads_in(policy.ref.namespace) if matches(selector, w.labels)]
        for r, rule in maps_at(policy.raw, "spec", "ingress"):
            for f, peer in maps_at(rule, "from"):
                yield from _pairs(policy, targets, rule, ("spec", "ingress", r, "from", f), peer, world)


def _pairs(
    policy: KubeObject,
    targets: list[Workload],
    rule: Mapping[str, Any],
    path: Path,
    peer: Mapping[str, Any],
    world: World,
) -> Iterator[Sighting]:
    sources = _sources(policy, peer, world)
    if not sources or len(sources) * len(targets) > _MOST:
        return
    evidence = cite(READER, policy, path, confidence.POLICY_HINT, f"NetworkPolicy {policy.ref.name} lets it pass")
    for target in targets:
        for ref, port in _callees(target, rule, world):
            for source in sources:
                if source.ref != target.ref:
                    yield Sighting(source.ref, ref, evidence, port)


def _sources(policy: KubeObject, peer: Mapping[str, Any], world: World) -> list[Workload]:
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
