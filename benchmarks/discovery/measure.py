"""One corpus: read, discover, compare."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.discovery.compare import Sample, Share, compare, samples
from benchmarks.discovery.truth import load
from planner.evidence.collect import collect
from planner.settings import Settings
from planner.sources.read import read


@dataclass(frozen=True, slots=True)
class Measured:
    """What one corpus showed.

    Attributes:
        corpus: Name of its folder.
        objects: How many were read.
        figures: Shares by name.
        samples: Reported pairs with a known truth.
        read_seconds: Time to read the manifests.
        discover_seconds: Time to find the flows in them.
    """

    corpus: str
    objects: int
    figures: dict[str, Share]
    samples: list[Sample]
    read_seconds: float
    discover_seconds: float


def measure(corpus: Path) -> Measured:
    """Measure a corpus.

    Raises:
        OSError: Something of it cannot be read.
        ValueError: Its truth is none.
    """
    truth = load(corpus)
    begun = time.perf_counter()
    snapshot = read([str(corpus / "manifests")], truth.namespace)
    between = time.perf_counter()
    flows = collect(snapshot, Settings()).flows
    done = time.perf_counter()
    return Measured(
        corpus.name, len(snapshot.objects), compare(truth, flows), samples(truth, flows), between - begun,
        done - between,
    )  # fmt: skip
