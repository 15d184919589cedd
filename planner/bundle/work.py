"""What every part of building a bundle looks at, with the questions that several of them ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding
from planner.model.flow import Flow
from planner.model.inventory import Inventory
from planner.model.plan import Phase, Plan, Unit
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.model.workloads import Workload
from planner.plan.facts import Facts
from planner.plan.host_rewrites import HostRewrite, host_rewrites, rewriters
from planner.plan.joined import joined
from planner.plan.membership import Membership
from planner.plan.plaintext import Plaintext
from planner.settings import Settings

MIN_CONFIDENCE = 0.5
"""Flows less sure than this do not hold STRICT back (as in `planner.plan.closing`), so they make no exception."""


@dataclass(frozen=True)
class Work:
    """A plan with what it rests on."""

    plan: Plan
    snapshot: Snapshot
    graph: TrafficGraph
    findings: tuple[Finding, ...]
    settings: Settings
    facts: Facts

    @property
    def inventory(self) -> Inventory:
        """The objects by what they are."""
        return self.snapshot.inventory

    @cached_property
    def membership(self) -> Membership:
        """Which workloads can have a proxy."""
        return Membership(self.inventory, self.facts)

    @cached_property
    def rewrites(self) -> tuple[HostRewrite, ...]:
        """Routes on which a proxy sends another Host than the Service's."""
        return host_rewrites(self.findings)

    @cached_property
    def rewriters(self) -> frozenset[Ref]:
        """Every proxy that rewrites Host somewhere."""
        return rewriters(self.findings)

    @cached_property
    def namespace_phase(self) -> Mapping[str, int]:
        """Phase in which each namespace is complete; 0 for one that is in already."""
        placed = {unit.namespace: phase.index for phase in self.plan.phases for unit in phase.units if unit.last}
        return dict.fromkeys(self.plan.inside, 0) | placed

    @cached_property
    def _wave_phase(self) -> Mapping[tuple[str, str], int]:
        return {
            (unit.namespace, name): phase.index
            for phase in self.plan.phases
            for unit in phase.units
            for name in unit.workloads
        }

    def joins_in(self, ref: Ref) -> int | None:
        """Say in which phase a caller or callee gets its proxy; None where it never does."""
        if ref.namespace not in self.namespace_phase or self.never(ref):
            return None
        return self._wave_phase.get((ref.namespace, f"{ref.kind}/{ref.name}"), self.namespace_phase[ref.namespace])

    def never(self, ref: Ref) -> str:
        """Say why a workload has no proxy even where its namespace joins."""
        return self.membership.is_plaintext(ref)

    def of_unit(self, unit: Unit) -> tuple[Workload, ...]:
        """Return every workload of a unit, those that never get a proxy included."""
        every = self.inventory.workloads_in(unit.namespace)
        if not unit.workloads:
            return every
        return tuple(w for w in every if f"{w.ref.kind}/{w.ref.name}" in unit.workloads)

    def joining(self, phase: Phase) -> tuple[Workload, ...]:
        """Return the workloads that get a proxy in a phase, sorted."""
        found = {w.ref: w for unit in phase.units for w in self.of_unit(unit) if not self.membership.never(w)}
        return tuple(found[ref] for ref in sorted(found))

    @cached_property
    def plaintext(self) -> Plaintext:
        """Until when each call is plaintext."""
        known = joined(self.namespace_phase, self.plan.classes, self._wave_phase)
        return Plaintext(self.inventory, self.facts, self.membership, known, self.rewrites)

    def plaintext_after(self, flow: Flow, phase: int) -> bool:
        """Whether a call is still plaintext, and not harmless, once a phase is done."""
        return self.plaintext.judge(flow).after(phase)
