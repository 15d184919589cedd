"""What a report is made of: values that were decided before, none of them computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding, Outcome
from planner.model.note import Note
from planner.model.plan import Plan
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.model.verdict import Simulation

_REACHING = ("existing-mesh-object", "peer-authentication-inverted", "destination-rule-tls-without-mode")
"""Rules about mesh objects, which act on namespaces that join from wherever they stand."""


@dataclass(frozen=True)
class Contents:
    """Everything that a report may show.

    Attributes:
        snapshot: What was read.
        graph: Flows.
        findings: What the rules say, worst first.
        plan: The rollout.
        owners: Owner of each namespace that has one.
        notes: Remarks of every stage.
        versions: Versions in words, told or assumed: `Istio 1.31`, `Kubernetes 1.33`, policy.
        out: Output folder as the user named it, or an empty string.
        config: Configuration file that was read, or an empty string.
        simulation: What happens to every flow at every step; None where it was not played.
    """

    snapshot: Snapshot
    graph: TrafficGraph
    findings: tuple[Finding, ...]
    plan: Plan
    owners: Mapping[str, str]
    notes: tuple[Note, ...]
    versions: tuple[str, ...]
    out: str = ""
    config: str = ""
    simulation: Simulation | None = None

    def open_findings(self) -> tuple[Finding, ...]:
        """Return the findings about namespaces that join, and about the whole cluster."""
        inside = set(self.plan.inside)
        return tuple(
            item
            for item in self.findings
            if item.outcome is not Outcome.READY and (_concerns(item.subject, inside) or item.name in _REACHING)
        )

    def owner(self, subject: Ref) -> str:
        """Name the owner of what a finding is about, or say that nobody is named."""
        namespace = subject.name if subject.kind == "Namespace" else subject.namespace
        return self.owners.get(namespace, "no owner named")


def _concerns(subject: Ref, inside: set[str]) -> bool:
    """Whether a finding about this subject matters to the namespaces that join."""
    namespace = subject.name if subject.kind == "Namespace" else subject.namespace
    return not namespace or namespace in inside
