"""Runs Istio's own traffic simulator (`tools/istio/simulator`) over worlds."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.mesh.world import World

Answer = Mapping[str, Any]

PER_PROCESS = 40
"""Worlds per process: Istio's fakes give back little of what they take, about 3 MB for each world."""
WORKERS = max(1, min(4, os.cpu_count() or 1))


def judged(program: Path, worlds: Iterable[World]) -> Iterator[tuple[World, dict[str, Answer]]]:
    """Yield each world with the simulator's answers by id of the call, in the order given."""
    every = tuple(worlds)
    groups = [every[start : start + PER_PROCESS] for start in range(0, len(every), PER_PROCESS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        for group, answers in zip(groups, pool.map(lambda group: _run(program, group), groups), strict=True):
            for world, answer in zip(group, answers, strict=True):
                assert not answer.get("error"), f"{answer['error']}\n{world.yaml()}"
                yield world, {call["id"]: call for call in answer["calls"]}


def _run(program: Path, worlds: tuple[World, ...]) -> list[Answer]:
    asked = "\n".join(world.request() for world in worlds) + "\n"
    # One thread each: several of these run side by side.
    environment = {**os.environ, "GOMAXPROCS": "1"}
    done = subprocess.run(
        [program], input=asked, capture_output=True, text=True, check=False, env=environment, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
