"""Istio's own simulator says of the anchor worlds what they say themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.mesh.anchors import ANCHORS
from tests.mesh.simulator import judged


def test_the_anchor_worlds_by_istio_itself(simulator: Path) -> None:
    worlds = [replace(world, id=name) for name, (world, _) in ANCHORS.items()]
    seen = {w.id: (a["c"]["outcome"], a["c"]["encrypted"]) for w, a in judged(simulator, worlds)}
    assert seen == {name: expected[:2] for name, (_, expected) in ANCHORS.items()}
