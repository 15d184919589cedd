"""Who is in the mesh in which phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from planner.model.plan import Classed, NamespaceClass
from planner.model.refs import Ref


@dataclass(frozen=True, slots=True)
class Joined:
    """Who is in the mesh in which phase.

    Attributes:
        phase: Phase index in which each namespace is complete; 0 for one that is in already.
        classes: Class of every namespace.
        waves: Phase of the workloads (namespace, kind/name) that join in a wave of their own.
    """

    phase: Mapping[str, int]
    classes: Mapping[str, NamespaceClass]
    waves: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, ref: Ref) -> int | None:
        """Give the phase in which a workload's namespace, or its wave, joins; None where it never does."""
        if ref.namespace not in self.phase:
            return None
        return self.waves.get((ref.namespace, f"{ref.kind}/{ref.name}"), self.phase[ref.namespace])


def joined(
    phase: Mapping[str, int], classes: Iterable[Classed], waves: Mapping[tuple[str, str], int] | None = None
) -> Joined:
    """Build `Joined` from phases and classes."""
    return Joined(phase, {item.namespace: item.kind for item in classes}, waves or {})
