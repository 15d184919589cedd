"""Who lives in a made-up company: its namespaces, and the programs and stores in each."""

from __future__ import annotations

import random

from benchmarks.topology import LAYERS, MONITORING, Place, Program, Size
from benchmarks.words import DOMAINS, PARTS, STORES

SHARES = (0.06, 0.22, 0.44, 0.14, 0.14)
"""Share of the namespaces that each layer has."""

PORTS = {"postgres": 5432, "mysql": 3306, "redis": 6379, "mongo": 27017, "amqp": 5672, "kafka": 9092}
"""Usual port of each kind of store."""


def name_places(size: Size, dice: random.Random) -> tuple[Place, ...]:
    """Name the namespaces, layer by layer; every layer has at least one."""
    count = size.namespaces - 1
    layers = list(range(len(LAYERS))) + dice.choices(range(len(LAYERS)), SHARES, k=count - len(LAYERS))
    domains = list(DOMAINS)
    dice.shuffle(domains)
    names: list[Place] = []
    for number, layer in enumerate(sorted(layers)):
        turn, which = divmod(number, len(domains))
        suffix = f"-{LAYERS[layer]}" + (f"-{turn + 1}" if turn else "")
        names.append(Place(domains[which] + suffix, layer, f"team-{domains[which % 40]}"))
    return (*names, Place(MONITORING, 3, "team-platform"))


def settle(size: Size, places: tuple[Place, ...], dice: random.Random) -> tuple[Program, ...]:
    """Share the Services out over the namespaces, unevenly, two for each at least; then add the jobs."""
    room = [2] * len(places)
    weights = [dice.paretovariate(2.0) for _ in places[:-1]]
    for index in dice.choices(range(len(places) - 1), weights, k=size.services - 2 * len(places)):
        room[index] += 1
    programs = [p for place, count in zip(places, room, strict=True) for p in _inhabitants(place, count, dice)]
    for number, place in enumerate(dice.choices(places[:-1], k=size.jobs)):
        kind = dice.choice(("Job", "CronJob", "CronJob"))
        programs.append(Program(place.name, f"task-{number}", kind, place.layer, "", "python"))
    return tuple(programs)


def _inhabitants(place: Place, count: int, dice: random.Random) -> list[Program]:
    """Fill one namespace with programs and the stores that they keep their data in."""
    if place.name == MONITORING:
        return [
            Program(MONITORING, "prometheus", "Deployment", 3, "http", "none", 9090),
            Program(MONITORING, "grafana", "Deployment", 3, "http", "none", 3000),
        ]
    department = place.name.rsplit("-" + LAYERS[place.layer], 1)[0]
    stores = max(1, round(count * (0.6 if place.layer == len(LAYERS) - 1 else 0.2))) if place.layer else 0
    made = [_program(place, department, number, dice) for number in range(count - stores)]
    return made + [_store(place, department, number, dice) for number in range(stores)]


def _program(place: Place, department: str, number: int, dice: random.Random) -> Program:
    parts = PARTS[LAYERS[place.layer]]
    turn, which = divmod(number, len(parts))
    name = f"{department}-{parts[which]}" + (f"-{turn + 1}" if turn else "")
    if place.layer == 0 and number == 0:
        return Program(place.name, name, "Deployment", 0, "http", "nginx", 80)
    speaks = "grpc" if place.layer >= 1 and dice.random() < 0.25 else "http"
    language = dice.choice(("java", "java", "node", "go", "python"))
    port = 9090 if speaks == "grpc" else dice.choice((80, 8080, 8080, 8000))
    return Program(place.name, name, "Deployment", place.layer, speaks, language, port)


def _store(place: Place, department: str, number: int, dice: random.Random) -> Program:
    speaks = dice.choices(STORES, (40, 12, 22, 8, 9, 9))[0]
    return Program(
        place.name, f"{department}-{speaks}-{number}", "StatefulSet", place.layer, speaks, "none", PORTS[speaks]
    )
