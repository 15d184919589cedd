"""One configuration for all: a directory of everybody's addresses says little about who calls whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from planner.evidence import confidence
from planner.evidence.placing import Placed
from planner.evidence.stores import is_store
from planner.evidence.world import World
from planner.model.refs import Ref

_TARGETS, _USERS = 3, 3

_List = tuple[str, str]
"""A ConfigMap and, where several addresses stand in one of its files, the file."""


def damped(placed: Iterable[Placed], world: World) -> list[Placed]:
    """Lower what a workload reads in a directory: a list of addresses shared with others, in which it finds itself.

    Nobody configures a program with its own address in order to call it. Such a list is handed to everybody, and which
    of its lines a program uses is not written there. Who reads the list and is not in it plausibly uses it. A file is
    one where most of its readers find themselves. Of shared variables a program is more likely to use what it is given,
    except a store, which waits for calls.
    """
    items = list(placed)
    lists = _lists(items)
    users: dict[_List, set[Ref]] = defaultdict(set)
    inside: dict[_List, set[Ref]] = defaultdict(set)
    targets: dict[_List, set[Ref]] = defaultdict(set)
    for item, listed in zip(items, lists, strict=True):
        source = item.sighting.source
        if source is not None and listed:
            users[listed].add(source)
            targets[listed].add(item.target)
            if item.target in world.own_services.get(source, frozenset()):
                inside[listed].add(source)
    directories = {
        one
        for one in inside
        if len(targets[one]) >= _TARGETS
        and len(users[one]) > 1
        and (not one[1] or _everybodys(users[one], inside[one]))
    }
    return [
        _lowered(item, listed, world) if listed in directories and item.sighting.source in inside[listed] else item
        for item, listed in zip(items, lists, strict=True)
    ]


def _lists(items: list[Placed]) -> list[_List | None]:
    """Return the list that each piece of evidence stands in, None for what stands in no ConfigMap."""
    in_field: dict[_List, set[Ref]] = defaultdict(set)
    for item in items:
        evidence = item.sighting.evidence
        in_field[evidence.object, evidence.field].add(item.target)
    places = ((item.sighting.evidence.object, item.sighting.evidence.field) for item in items)
    return [
        (place if len(in_field[place]) > 1 else (place[0], "")) if place[0].startswith("ConfigMap ") else None
        for place in places
    ]


def _everybodys(users: set[Ref], inside: set[Ref]) -> bool:
    return len(users) >= _USERS and 2 * len(inside) >= len(users)


def _lowered(item: Placed, listed: _List | None, world: World) -> Placed:
    source = item.sighting.source
    workload = world.inventory.workload(source) if source else None
    is_file = bool(listed and listed[1])
    waits = workload is not None and is_store(workload)
    mark = confidence.DIRECTORY if is_file or waits else confidence.SHARED_VARIABLES
    evidence = confidence.marked(item.sighting.evidence, mark)
    return replace(item, sighting=replace(item.sighting, evidence=evidence))
