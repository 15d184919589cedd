"""The documented exit codes, the same whatever the output format."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the number tells a script."""

    DONE = 0
    """Everything was done."""
    FINDINGS = 1
    """There are findings at or above `--fail-on`, or a gate is not met."""
    USAGE = 2
    """Wrong usage or configuration."""
    UNREAD = 3
    """The input could not be read at all."""
    PARTIAL = 4
    """Some of the input could not be read; results are printed all the same. Outranks 1."""
    UNREACHABLE = 5
    """The cluster cannot be reached or refused."""
    BUG = 70
    """A bug in meshplan; `--debug` shows where."""
