"""A rollout on a live cluster, opened for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.operate import record, rollout
from planner.operate.live import Live
from planner.operate.progress import Progress
from planner.operate.record import Journal
from planner.operate.rollout import Rollout
from planner.sources.cluster.kubeconfig import connect

_REQUEST = 30.0
"""Seconds after which one request is given up; waiting for pods is counted apart."""


def opened(folder: str) -> Rollout:
    """Read the rollout of a folder.

    Raises:
        InputError: The folder is not one that `meshplan plan` wrote.
        RefusedError: Its steps were edited after planning.
    """
    return rollout.read(Path(folder))


@contextmanager
def writing(found: Rollout) -> Iterator[Journal]:
    """Open the record of a rollout; no other meshplan may do so at the same time.

    Raises:
        RefusedError: Another one does.
    """
    with record.locked(found.folder, rollout.FILE) as journal:
        yield journal


def reading(found: Rollout) -> Journal:
    """Give the record of a rollout for a look; nothing must be added to it."""
    return Journal(found.folder / record.FILE, list(record.read(found.folder)))


def progress(found: Rollout, journal: Journal) -> Progress:
    """Say how far a rollout is by its record."""
    return Progress(found, tuple(journal.events))


def live(context: str) -> Live:
    """Reach the cluster of a context; nothing is sent yet.

    Raises:
        UsageError: There is no such context.
        ClusterError: There are no credentials for it.
    """
    return Live(connect(context, _REQUEST))
