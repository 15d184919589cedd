"""Run a chain of steps in a process of its own and measure each: wall time, processor time, peak memory.

A fresh process is forked for each chain, so that no chain pays for, or profits from, what another left in memory. The
memory is the kernel's own high-water mark (`getrusage`), not an instrumented allocator: nothing is slowed down. It can
only rise, so a step's figure is the peak **up to the end of that step**; a program that a step starts counts as well,
by the larger of the two.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Step = tuple[str, Callable[[Any], Any]]
"""A name, and what to run; it is given what the step before it returned (the first one gets None)."""

_MIB_IN = 1024 * 1024 if sys.platform == "darwin" else 1024
"""How many of the units of `ru_maxrss` make one MiB."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What one step cost.

    Attributes:
        step: Name of the step.
        wall: Seconds on the clock.
        cpu: Seconds of user and system time, started programs included.
        peak: MiB of resident memory at most, from the start of the chain to the end of this step.
        fault: Why the step failed, or an empty string. The steps after it did not run.
    """

    step: str
    wall: float
    cpu: float
    peak: float
    fault: str = ""


def run_chain(steps: Sequence[Step]) -> list[Measure]:
    """Run steps one after another in a child process, and measure each.

    Args:
        steps: The chain; it ends early at a step that raises.

    Returns:
        One measure for each step that ran.

    Raises:
        RuntimeError: The child ended without a word, for instance because memory ran out.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(steps, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        raise RuntimeError(f"the measured process ended with status {status}")
    return [Measure(**row) for row in json.loads(text)]


def _child(steps: Sequence[Step], writing: int) -> None:
    """Measure in the child, report through the pipe, and leave without the parent's clean-up."""
    code = 1
    try:
        rows = [asdict(measure) for measure in _measured(steps)]
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(rows, pipe)
        code = 0
    finally:
        os._exit(code)


def _measured(steps: Sequence[Step]) -> list[Measure]:
    found: list[Measure] = []
    value: Any = None
    for name, run in steps:
        wall, cpu, fault = time.perf_counter(), _cpu(), ""
        try:
            value = run(value)
        except Exception as raised:  # noqa: BLE001 - a stage that fails is a result here, not the end of the benchmark
            fault = str(raised) or traceback.format_exception_only(raised)[0].strip()
        found.append(Measure(name, time.perf_counter() - wall, _cpu() - cpu, _peak(), fault))
        if fault:
            break
    return found


def _usage() -> tuple[resource.struct_rusage, resource.struct_rusage]:
    return resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)


def _cpu() -> float:
    return sum(usage.ru_utime + usage.ru_stime for usage in _usage())


def _peak() -> float:
    return max(usage.ru_maxrss for usage in _usage()) / _MIB_IN
