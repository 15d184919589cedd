"""apply and undo of whole rollouts: only what a step says changes, and all of it comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.bundle.patching import path_text
from planner.model.bundle import Change
from planner.operate import record
from planner.operate.progress import State
from planner.operate.rollout import Place
from planner.operate.values import at
from tests.cluster.api import Key
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import load
from tests.cluster.rollout_cluster import BANK, ROOT, Cluster, Objects, plan_into
from tests.cluster.status_writer import StatusWriter


def _differences(before: Objects, after: Objects) -> set[tuple[Key, str]]:
    found: set[tuple[Key, str]] = set()
    for key in set(before) | set(after):
        if key not in before or key not in after:
            found.add((key, "whole"))
        else:
            found |= {(key, path) for path in _paths(before[key], after[key], ())}
    return found


def _paths(one: Any, other: Any, path: tuple[Any, ...]) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in set(one) | set(other):
            yield from _paths(one.get(key, {}), other.get(key, {}), (*path, key))
    elif isinstance(other, dict) and one == {}:
        for key in other:
            yield from _paths({}, other[key], (*path, key))
    elif isinstance(one, dict) and other == {}:
        for key in one:
            yield from _paths(one[key], {}, (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (a, b) in enumerate(zip(one, other, strict=True)):
            item = (("port", str(b.get("port"))), ("protocol", b.get("protocol"))) if isinstance(b, dict) else number
            yield from _paths(a, b, (*path, item))
    elif one != other:
        yield path_text(path)


def _meant(place: Place, before: Objects, after: Objects) -> tuple[set[tuple[Key, str]], set[tuple[Key, str]]]:
    """What the step must change, and what it may."""
    must: set[tuple[Key, str]] = set()
    groups = {(k.kind, k.namespace, k.name): k for k in (*before, *after)}
    for item in place.step.created:
        must.add((groups[item.ref.kind, item.ref.namespace, item.ref.name], "whole"))
    for patch in place.step.patches:
        key = groups[patch.ref.kind, patch.ref.namespace, patch.ref.name]
        must |= {(key, path) for change in patch.changes for path in _moved(before[key], change)}
    return must, must


def _moved(raw: dict[str, Any], change: Change) -> Iterator[str]:
    """Name the fields that a change moves: all those below, where it sets or removes a whole mapping."""
    old, new = at(raw, change.path), change.new
    yield from _paths({} if old is None else old, {} if new is None else new, change.path)


def forth_and_back(cluster: Cluster, name: str) -> tuple[int, int]:
    start = cluster.objects()
    compared, steps, unwell = len(start), 0, 0
    while (place := cluster.progress.following()) is not None:
        before = cluster.objects()
        code, out, err = cluster.apply()
        assert code == 0, (place.name, out, err)
        after = cluster.objects()
        must, may = _meant(place, before, after)
        changed = _differences(before, after)
        assert changed <= may, (place.name, changed - may)
        assert must <= changed, (place.name, must - changed)
        compared += len(after)
        steps += 1
        code, out, err = cluster.meshplan("verify", "-d", cluster.out, "--step", place.name)
        fails = [line for line in out.splitlines() if "does not hold" in line]
        unwell += len(fails)
        assert all("no proxy" in line or "ready" in line or "created since" in line for line in fails), (
            place.name,
            out,
        )
    code, out, err = cluster.apply()
    assert code == 0 and "Every step is done" in out
    code, out, err = cluster.meshplan("undo", "-d", cluster.out, "--all", "--yes", "--timeout", 20)
    assert code == 0, (out, err)
    end = cluster.objects()
    left = _differences(start, end)
    assert not left, left
    events = [event["event"] for event in record.read(cluster.out)]
    undone = sum(1 for place in cluster.rollout.places if cluster.progress.state(place) is State.UNDONE)
    states = json.loads(cluster.meshplan("status", "-d", cluster.out, "-o", "json")[1])["steps"]
    assert {line["state"] for line in states} == {"undone"}
    said = f"{steps} steps applied, {undone} undone, {events.count('done')} changes, "
    print(f"{name}: {said}{compared + len(end)} objects compared, {unwell} findings of verify (pods)")  # noqa: T201
    return steps, compared


def _inputs() -> list[Any]:
    corpora = sorted(ROOT.parent.glob("shared/corpus/*/"))
    return [pytest.param(BANK, id="bank"), *(pytest.param(folder, id=folder.name) for folder in corpora)]


@pytest.mark.parametrize("folder", _inputs())
def test_every_step_forth_and_back(
    folder: Path, fresh_control_plane: ControlPlane, use: Callable[..., Cluster],
    status_writer: Callable[..., StatusWriter], tmp_path: Path,
) -> None:  # fmt: skip
    """The bank is planned from its files, what others have from the cluster itself."""
    load(fresh_control_plane, folder / "manifests")
    status_writer(fresh_control_plane, pods=True)
    cluster = use(fresh_control_plane)
    source, config = (BANK, ("--config", BANK / "meshplan.yaml")) if folder == BANK else ("cluster", ())
    plan_into(source, cluster.out, *config)
    steps, compared = forth_and_back(cluster, folder.name)
    assert steps == len(cluster.rollout.places) > 3
    assert compared > 1000
    assert all(event["time"] and event["user"] for event in record.read(cluster.out))
