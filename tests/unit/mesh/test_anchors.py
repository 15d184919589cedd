"""The anchor worlds of judge 1, asked of meshplan alone."""

from __future__ import annotations

import pytest

from tests.mesh.anchors import ANCHORS, Expected
from tests.mesh.meshplan_side import Side
from tests.mesh.world import World


@pytest.mark.parametrize(("world", "expected"), ANCHORS.values(), ids=ANCHORS.keys())
def test_an_anchor_world(world: World, expected: Expected) -> None:
    found = Side(world).judge(world.calls[0])
    assert (found.outcome, found.encrypted, found.rule) == expected
