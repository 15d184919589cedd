"""Profile a call and every thread that it starts; CPU time of a thread, not the time that it waits for another."""

from __future__ import annotations

import cProfile
import pstats
import threading
import time
from collections.abc import Callable
from typing import Any

_TOP = 22


def profiled(work: Callable[[], Any]) -> Any:
    """Run, print the functions that took most processor time over all threads, and give back what `work` gave."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def traced(self: threading.Thread) -> None:
        profile = cProfile.Profile(time.thread_time)
        profiles.append(profile)
        profile.runcall(run, self)

    threading.Thread.run = traced  # type: ignore[method-assign]
    try:
        main = cProfile.Profile(time.thread_time)
        profiles.append(main)
        given = main.runcall(work)
    finally:
        threading.Thread.run = run  # type: ignore[method-assign]
    found = pstats.Stats(profiles[0])
    for profile in profiles[1:]:
        found.add(profile)
    found.sort_stats("tottime").print_stats(_TOP)
    return given
