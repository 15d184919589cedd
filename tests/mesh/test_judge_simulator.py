"""Judge 1: what meshplan says of thousands of calls in generated worlds, held against Istio's own simulator."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.mesh.comparing import LISTED, Agreement, Judged, compared
from tests.mesh.generator import make_world
from tests.mesh.simulator import judged
from tests.mesh.world import World

WORLDS = 200
CALLS = 3000
SHOWN = 3
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [make_world(seed) for seed in range(WORLDS)]


@pytest.fixture(scope="module")
def found(worlds: list[World], simulator: Path) -> list[Judged]:
    return [one for world, answers in judged(simulator, worlds) for one in compared(world, answers)]


def test_istio_s_simulator_agrees(found: list[Judged]) -> None:
    agreement = Agreement()
    agreement.add(found)
    _keep(agreement.table())
    assert len(found) >= CALLS
    assert not agreement.disagreed, "\n\n".join(str(one) for one in agreement.disagreed[:SHOWN])
    unused = set(LISTED.values()) - set(agreement.undecided)
    assert not unused, f"listed, but nothing differs by it any more: {unused}"


def test_every_class_of_the_truth_table_is_among_the_calls(found: list[Judged]) -> None:
    pairs = {one.row[:2] for one in found}
    callees = ("sidecar", "mixed_clusterip", "mixed_headless", "none", "external")
    callers = ("sidecar", "sidecar_passthrough", "none", "none_tls")
    assert {(caller, callee) for caller in callers for callee in callees} <= pairs
    assert {one.row[3] for one in found} == {"unset", "DISABLE", "ISTIO_MUTUAL", "SIMPLE", "MUTUAL"}
    assert {one.row[2] for one in found} == {"PERMISSIVE", "STRICT", "DISABLE", "NA"}
    assert {one.istio["outcome"] for one in found} == {"ok", "fail", "conditional"}


@pytest.mark.parametrize("kind", ["PeerAuthentication", "DestinationRule", "ServiceEntry", "Sidecar"])
def test_a_judge_who_overlooks_a_kind_of_object_is_caught(kind: str, worlds: list[World], found: list[Judged]) -> None:
    answers = {(one.world.id, one.call.id): one.istio for one in found}
    assert any(not one.agree for world in worlds for one in _blind(world, kind, answers))


def test_the_same_seed_makes_the_same_world() -> None:
    assert make_world(7).request() == make_world(7).request() != make_world(8).request()


def _blind(world: World, kind: str, answers: dict[tuple[str, str], object]) -> Iterator[Judged]:
    """Judge a world without its objects of a kind."""
    less = replace(world, objects=tuple(raw for raw in world.objects if raw["kind"] != kind))
    yield from compared(less, {call.id: answers[world.id, call.id] for call in world.calls})  # type: ignore[misc]


def _keep(table: str) -> None:
    """Show the table, and keep it where artefacts of a run are kept."""
    sys.stdout.write(f"\n{table}\n")
    folder = Path(os.environ.get("MESHPLAN_ARTEFACTS") or ROOT / "build" / "mesh")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreement.txt").write_text(f"{table}\n", encoding="utf-8")
