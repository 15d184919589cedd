"""Performs a rollout, there and back, and holds what is seen after every step against the verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from planner.operate.rollout import Place
from tests.mesh.live import verdicts
from tests.mesh.live.commands import Commands
from tests.mesh.live.flows import Flow
from tests.mesh.live.judging import worst
from tests.mesh.live.matrix import Matrix, kind
from tests.mesh.live.world import World

AGAIN = 3
"""How often a flow is called again that was not as expected: a push may take a moment longer."""


class Performance:
    """One rollout in one world.

    Attributes:
        matrix: What came out.
        variants: For each step the flows that went more than one way, and all their ways.
        said: For each disagreement what the machine room said last.
    """

    def __init__(
        self, world: World, flows: tuple[Flow, ...], document: Mapping[str, Any], tell: Callable[[str], None]
    ) -> None:
        self.matrix = Matrix()
        self.variants: dict[str, dict[str, list[str]]] = {}
        self.said: dict[str, Any] = {}
        self._world, self._flows, self._tell = world, flows, tell
        self._moments = verdicts.moments(document)

    def details(self) -> str:
        """Tell what was seen of the calls that were not as expected, and which flows went more than one way."""
        lines = [f"{name}\n    {one}" for name, every in self.said.items() for one in every[-8:]]
        lines += [f"{name}: {flow}: {', '.join(ways)}" for name, found in self.variants.items()
                  for flow, ways in found.items()]  # fmt: skip
        return "\n".join(lines) + "\n"

    def perform(self, commands: Commands) -> Matrix:
        """Go all the way, and back."""
        self._check(verdicts.TODAY)
        for places, way in ((commands.forth(), "there"), (commands.back(), "back")):
            self._steps(places, way)
        return self.matrix

    def _steps(self, places: Iterator[Place], way: str) -> None:
        for place in places:
            last = next((step for step in reversed(place.phase.steps) if step.rollouts or step.unchecked), None)
            if place.step is last:  # by then, as meshplan takes it, every Job has run once more
                self._world.controllers.run_again(place.phase.namespaces)
            self._check(f"{place.phase.index} {place.step.name}", way)

    def _check(self, name: str, way: str = "") -> None:
        moment, expected = next(self._moments)
        assert moment == name, f"the step {name} was done, the verdicts are about {moment}"
        began, world = time.monotonic(), self._world
        world.wait_for_push()
        twins = world.controllers.twins()
        if twins:
            world.wait_for_push()
        seen = self._seen(expected, f"{name} {way}".strip())
        self.matrix.add(f"{name} {way}".strip(), {flow: (expected[flow], seen[flow]) for flow in seen})
        world.controllers.drop(twins)
        bad = sum(kind(expected[flow], seen[flow]) == "disagreed" for flow in seen)
        self._tell(f"{name} {way}: {len(twins)} twins, {bad} disagreements, {time.monotonic() - began:.1f} s")
        for flow in sorted(seen):
            if kind(expected[flow], seen[flow]) != "agreed":
                self._tell(f"    {flow}: expected {expected[flow]}, seen {seen[flow]}")

    def _seen(self, expected: Mapping[str, str], name: str) -> dict[str, str]:
        every = self._world.caller.call(self._flows)
        for _ in range(AGAIN):
            wrong = [flow for flow in self._flows if kind(expected[flow.id], worst(every[flow.id])) == "disagreed"]
            if not wrong:
                break
            self._world.wait_for_push(1.0)
            every |= self._world.caller.call(wrong)
        self.variants[name] = {flow: sorted(ways) for flow, ways in sorted(every.items()) if len(ways) > 1}
        for flow in self._flows:
            if kind(expected[flow.id], worst(every[flow.id])) == "disagreed":
                self.said[f"{name}: {flow.id}"] = self._world.caller.said[flow.id]
        return {flow: worst(ways) for flow, ways in every.items()}
