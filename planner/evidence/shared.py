"""One configuration for all: a directory of everybody's addresses says little about who calls whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.placing import Placed
from planner.evidence.world import World
from planner.model.refs import Ref

_TARGETS = 3


def damped(placed: Iterable[Placed], world: World) -> list[Placed]:
    """Lower what a workload reads in a directory: a ConfigMap shared with others, in which it finds itself.

    Nobody configures a program with its own address in order to call it. Such a list is handed to everybody, and which
    of its lines a program uses is not written there. Who reads the list and is not in it plausibly uses it.
    """
    items = list(placed)
    users: dict[str, set[Ref]] = defaultdict(set)
    targets: dict[str, set[Ref]] = defaultdict(set)
    inside: set[tuple[str, Ref]] = set()
    for item in items:
        source, text = item.sighting.source, item.sighting.evidence.object
        if source is not None and text.startswith("ConfigMap "):
            users[text].add(source)
            targets[text].add(item.target)
            if item.target in world.own_services.get(source, frozenset()):
                inside.add((text, source))
    shared = {text for text, found in users.items() if len(found) > 1 and len(targets[text]) >= _TARGETS}
    return [_lowered(item) if _in_directory(item, shared, inside) else item for item in items]


def _in_directory(item: Placed, shared: set[str], inside: set[tuple[str, Ref]]) -> bool:
    source, text = item.sighting.source, item.sighting.evidence.object
    return source is not None and text in shared and (text, source) in inside


def _lowered(item: Placed) -> Placed:
    evidence = confidence.marked(item.sighting.evidence, confidence.DIRECTORY)
    return replace(item, sighting=replace(item.sighting, evidence=evidence))
