"""One configuration for all: a directory of everybody's addresses says little about who calls whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.placing import Placed
from planner.evidence.world import World
from planner.model.refs import Ref

_FROM = 3


def damped(placed: Iterable[Placed], world: World) -> list[Placed]:
    """Lower what stands in a ConfigMap that is a directory: many workloads read it, and most find themselves in it."""
    items = list(placed)
    users: dict[str, set[Ref]] = defaultdict(set)
    listed: dict[str, set[Ref]] = defaultdict(set)
    for item in items:
        source, text = item.sighting.source, item.sighting.evidence.object
        if source is not None and text.startswith("ConfigMap "):
            users[text].add(source)
            if item.target in world.own_services.get(source, frozenset()):
                listed[text].add(source)
    directories = {text for text, found in users.items() if len(found) >= _FROM and 2 * len(listed[text]) >= len(found)}
    return [_lowered(item) if item.sighting.evidence.object in directories else item for item in items]


def _lowered(item: Placed) -> Placed:
    evidence = confidence.marked(item.sighting.evidence, confidence.DIRECTORY)
    return replace(item, sighting=replace(item.sighting, evidence=evidence))
