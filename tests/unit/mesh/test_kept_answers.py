"""A view that keeps what it knew says what a new one says, whatever object comes or goes."""

from __future__ import annotations

from collections import defaultdict

import pytest

from planner.mesh.call import judge
from planner.mesh.view import KINDS, MeshView, exported_to
from tests.mesh.generator import make_world
from tests.mesh.meshplan_side import Side
from tests.mesh.world import Raw

_EXPORTED = ("DestinationRule", "ServiceEntry", "VirtualService")


@pytest.mark.parametrize("seed", range(16))
def test_an_object_that_goes_and_comes_again(seed: int) -> None:
    world = make_world(seed)
    side = Side(world)
    calls = [side.call(call) for call in world.calls]
    all_there = [judge(call, side.view) for call in calls]
    for gone in [raw for raw in world.objects if raw["kind"] in KINDS]:
        objects = [raw for raw in world.objects if raw is not gone]
        less = _view(side, objects, side.view, gone)
        assert [judge(call, less) for call in calls] == [judge(call, _view(side, objects)) for call in calls], gone
        assert [judge(call, _view(side, list(world.objects), less, gone)) for call in calls] == all_there, gone


def _view(side: Side, objects: list[Raw], before: MeshView | None = None, changed: Raw | None = None) -> MeshView:
    kinds: dict[str, list[Raw]] = defaultdict(list)
    for raw in objects:
        if raw["kind"] in KINDS:
            kinds[raw["kind"]].append(raw)
    seen = {changed["kind"]: _seen(changed)} if changed else {}
    return MeshView(side.view.settings, side.view.services, side.behind, kinds, before, seen)


def _seen(raw: Raw) -> frozenset[str] | None:
    """Name the namespaces that can see the difference; None for all."""
    own = raw["metadata"]["namespace"]
    exports = exported_to(raw) if raw["kind"] in _EXPORTED else frozenset({own})
    return None if own == "istio-system" or exports is None else exports | {own}
