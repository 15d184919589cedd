"""What meshplan does not do, with the reason: nothing of it was done unless the message says so."""

from __future__ import annotations

from planner.errors import MeshplanError


class RefusedError(MeshplanError):
    """A gate is not met, a field has drifted, or an answer is missing. Exit code 1."""

    exit_code = 1
