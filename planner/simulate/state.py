"""The mesh once a phase is done: who has a proxy, and what is closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.model.flow import Flow
from planner.model.plan import Phase, Plan
from planner.model.refs import Ref
from planner.plan.membership import Membership


@dataclass(frozen=True)
class MeshState:
    """Who is in the mesh at one moment.

    Attributes:
        members: Namespaces that are complete.
        waves: Workloads (kind/name by namespace) that joined ahead of their namespace's label.
        strict: Namespaces that are STRICT.
        membership: Says who never has a proxy.
    """

    members: frozenset[str]
    waves: frozenset[tuple[str, str]]
    strict: frozenset[str]
    membership: Membership

    def injected(self, ref: Ref) -> bool:
        """Whether the pods of a workload have a proxy."""
        joined = ref.namespace in self.members or (ref.namespace, f"{ref.kind}/{ref.name}") in self.waves
        return joined and not self.membership.is_plaintext(ref)

    def is_strict_for(self, flow: Flow) -> bool:
        """Whether the callee refuses plaintext from this caller.

        A caller that never joins was given an exception on its port before the namespace became STRICT.
        """
        never = flow.source.namespace not in self.members or bool(self.membership.is_plaintext(flow.source))
        return flow.target.namespace in self.strict and not never


def states(plan: Plan, membership: Membership) -> Iterator[tuple[Phase, MeshState]]:
    """Yield every phase with the mesh as it is once the phase is done."""
    moved = {unit.namespace for phase in plan.phases for unit in phase.units}
    members = {name for name in plan.inside if name not in moved}
    waves: set[tuple[str, str]] = set()
    strict: set[str] = set()
    for phase in plan.phases:
        members |= {unit.namespace for unit in phase.units if unit.last}
        waves |= {(unit.namespace, name) for unit in phase.units for name in unit.workloads}
        strict |= set(phase.strict)
        yield phase, MeshState(frozenset(members), frozenset(waves), frozenset(strict), membership)
