"""Everything that was read at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from planner.model.inventory import Inventory
from planner.model.note import Note, NoteKind
from planner.model.objects import KubeObject

SCHEMA_VERSION = 1
"""Version of the saved form; raised when an older meshplan could misread it."""


@dataclass(frozen=True)
class Snapshot:
    """Objects, what was lost while reading, and where they came from.

    Attributes:
        objects: Every object read, duplicates included, sorted by kind, namespace, name and content.
        notes: What was skipped or could not be read.
        sources: The sources as the user named them.
        default_namespace: Namespace that was given to objects that name none.
        istio_version: Version seen in the cluster, or an empty string.
        kubernetes_version: Version seen in the cluster, or an empty string.
        listed: Kinds that a cluster listed to the end: of those without an object there is none.
        anonymised: Whether names, hosts and addresses were replaced by pseudonyms.
    """

    objects: tuple[KubeObject, ...]
    notes: tuple[Note, ...] = ()
    sources: tuple[str, ...] = ()
    default_namespace: str = "default"
    istio_version: str = ""
    kubernetes_version: str = ""
    listed: tuple[str, ...] = ()
    anonymised: bool = False

    @cached_property
    def inventory(self) -> Inventory:
        """The objects by what they are."""
        return Inventory(self.objects)

    @property
    def partial(self) -> bool:
        """Whether some of the input could not be read."""
        return any(note.kind is NoteKind.UNREAD for note in self.notes)

    def counts(self) -> dict[str, int]:
        """Number of objects read of each kind, by kind."""
        counted: dict[str, int] = {}
        for obj in self.objects:
            counted[obj.ref.kind] = counted.get(obj.ref.kind, 0) + 1
        return dict(sorted(counted.items()))
