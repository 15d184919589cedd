"""Who calls whom in a made-up company, and where each call is written.

Calls stay inside a namespace or go down the layers; a few go up, which gives the cycles that every real company has.
Some callees are far more popular than others.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import accumulate

from benchmarks.topology import LAYERS, Call, Program, Size, TooSmallError
from benchmarks.words import OUTSIDE, TRADES


def draw_calls(size: Size, programs: tuple[Program, ...], dice: random.Random) -> tuple[Call, ...]:
    """Draw distinct calls until there are enough; which of them are code only is drawn last.

    Raises:
        TooSmallError: The programs have not that many distinct calls, or they are too hard to find.
    """
    callers = [p for p in programs if p.calls_out]
    callees = _Callees(programs, dice)
    found: dict[tuple[str, str, int], Call] = {}
    for _ in range(40 * size.flows + 100):
        if len(found) >= size.flows:
            break
        source = dice.choice(callers)
        call = _outside(source, dice) if dice.random() < 0.07 else _inside(source, callees.draw(source), dice)
        if call:
            found.setdefault((source.ref, call.target, call.port), call)
    if len(found) < size.flows:
        raise TooSmallError(f"{size.services} services are too few for {size.flows} distinct flows")
    hidden = set(dice.sample(range(size.flows), round(size.code_only * size.flows)))
    return tuple(
        replace(call, medium="code") if number in hidden else call for number, call in enumerate(found.values())
    )


class _Callees:
    """Draws callees: neighbours, programs of lower layers by popularity, now and then one higher up."""

    def __init__(self, programs: tuple[Program, ...], dice: random.Random) -> None:
        self._dice = dice
        self._near: dict[str, list[Program]] = {}
        for program in programs:
            if program.speaks and program.language != "nginx":
                self._near.setdefault(program.namespace, []).append(program)
        public = [p for near in self._near.values() for p in near if p.speaks in ("http", "grpc", "amqp", "kafka")]
        self._layers = [[p for p in public if p.layer == layer] for layer in range(len(LAYERS))]
        # A few callees are called by everyone and most by hardly anyone.
        self._sums = [list(accumulate(dice.paretovariate(1.1) for _ in layer)) for layer in self._layers]

    def draw(self, source: Program) -> Program | None:
        """Give a callee, or None where the draw found nobody suitable."""
        chance = self._dice.random()
        if chance < 0.45:
            near = self._near.get(source.namespace, [])
            found = self._dice.choice(near) if near else None
        else:
            step = -1 if chance < 0.47 else self._dice.choice((1, 1, 2))
            found = self._from_layer(min(max(source.layer + step, 0), len(LAYERS) - 1))
        if found is None or found == source or (source.language == "nginx" and found.speaks != "http"):
            return None
        return found

    def _from_layer(self, layer: int) -> Program | None:
        if not self._layers[layer]:
            return None
        return self._dice.choices(self._layers[layer], cum_weights=self._sums[layer])[0]


def _inside(source: Program, callee: Program | None, dice: random.Random) -> Call | None:
    """A call to a Service, under one of the names that its caller may use for it."""
    if callee is None:
        return None
    forms = [f"{callee.name}.{callee.namespace}.svc.cluster.local", f"{callee.name}.{callee.namespace}"]
    host = callee.name if callee.namespace == source.namespace and dice.random() < 0.7 else dice.choice(forms)
    return Call(source, callee.ref, host, callee.port, callee.speaks, _medium(source, dice))


def _outside(source: Program, dice: random.Random) -> Call | None:
    """A call to a company outside; a reverse proxy makes none."""
    if source.language == "nginx":
        return None
    protocol, port = dice.choices((("https", 443), ("http", 80), ("smtp", 587)), (85, 8, 7))[0]
    head = "mail" if protocol == "smtp" else "api"
    host = f"{head}.{dice.choice(OUTSIDE)}-{dice.choice(TRADES)}.net"
    return Call(source, f"external:{host}", host, port, protocol, _medium(source, dice))


def _medium(source: Program, dice: random.Random) -> str:
    """Where this call is written: a reverse proxy's are all in its configuration file."""
    if source.language == "nginx":
        return "config"
    return dice.choices(("env", "hostport", "args", "config", "envfrom"), (40, 12, 10, 30, 8))[0]
