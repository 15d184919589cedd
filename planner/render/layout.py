"""Where the files of a step lie, below the folder of its phase."""

from __future__ import annotations

from dataclasses import dataclass

from planner.model.bundle import Created, Patch, StepBundle
from planner.render.names import numbered, safe


@dataclass(frozen=True, slots=True, eq=False)
class StepFiles:
    """A step with the names of its files.

    Attributes:
        step: The step.
        folder: Its folder below that of the phase.
        created: Each object with the name of its file in `objects/`.
        patches: Each patch with the name of its file in `patches/` and `undo/`.
    """

    step: StepBundle
    folder: str
    created: tuple[tuple[Created, str], ...]
    patches: tuple[tuple[Patch, str], ...]


def place(step: StepBundle) -> StepFiles:
    """Name the files of a step, numbered in the order in which they are used."""
    return StepFiles(
        step=step,
        folder=f"steps/{safe(step.name)}",
        created=tuple((item, _name(n, item)) for n, item in enumerate(step.created, start=1)),
        patches=tuple((item, _name(n, item)) for n, item in enumerate(step.patches, start=1)),
    )


def _name(number: int, item: Created | Patch) -> str:
    return numbered(number, item.ref.kind.lower(), item.ref.namespace, item.ref.name)
