"""A field of the wrong type must stop no rule: it is as good as absent."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.checks.run import run
from planner.evidence.collect import collect
from planner.graph.traffic import TrafficGraph
from planner.model.snapshot import Snapshot
from planner.settings import Settings
from planner.sources.read import read

CASES = Path(__file__).parents[2] / "rules"
WRONG: tuple[Any, ...] = (None, 7, "text", True, [], {}, [None], [7], {"a": None}, {7: 7}, [{}], 1.5, "", -1)


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return read([str(CASES)])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (holder, key) for everything below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(pairs):
        yield value, key
        yield from places(child)


@pytest.mark.parametrize("seed", range(12))
def test_no_rule_stumbles(whole: Snapshot, seed: int) -> None:
    dice = random.Random(seed)
    spoilt = []
    for obj in whole.objects:
        raw = copy.deepcopy(dict(obj.raw))
        for _ in range(3):
            below = [place for part in ("metadata", "spec", "data", "webhooks") for place in places(raw.get(part))]
            holder, key = dice.choice(below or [(raw, "spec")])
            holder[key] = copy.deepcopy(dice.choice(WRONG))
        spoilt.append(replace(obj, raw=raw))
    settings = Settings(outbound_policy="REGISTRY_ONLY", cni=False)
    found = collect(whole, settings)
    answers = run(Snapshot(tuple(spoilt)), TrafficGraph(found.flows, found.blind_spots), settings)
    assert [item.message for item in answers if "a bug in meshplan" in item.message] == []
