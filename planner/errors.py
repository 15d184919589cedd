"""The ways meshplan can fail, as one small family.

Only the command line catches these. A fault in somebody's input is not an error but a note
(`planner.model.note`): the rest of the input is still worked on.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class MeshplanError(Exception):
    """Base of every expected failure: one line, a hint, and the page that says more.

    Attributes:
        message: What went wrong, in one line, naming file, document and field where there is one.
        hint: What to do about it, or an empty string.
        slug: Name of the section in `docs/errors.md`.
    """

    message: str
    hint: str = ""
    slug: str = "general"
    exit_code = 70

    def __str__(self) -> str:
        """Give the message alone, as one line."""
        return self.message


class UsageError(MeshplanError):
    """The command line or the configuration asks for something that makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """`meshplan.yaml` (or a flag) holds a wrong key or value."""


class InputError(MeshplanError):
    """The input could not be read at all, so there is nothing to work on."""

    exit_code = 3


class ClusterError(MeshplanError):
    """The cluster cannot be reached, refuses, or answers what cannot be used."""

    exit_code = 5


class OutputError(MeshplanError):
    """The output folder cannot be written, or holds something that is not meshplan's."""

    exit_code = 2


class RenderError(MeshplanError):
    """A template gave a document that is not what was meant, or broke its frame."""

    exit_code = 2


class LayoutError(MeshplanError):
    """The drawing engine could not lay out a picture; the DOT text is kept instead."""

    exit_code = 70
