"""The plan: which units join in which phase, by which steps, past which gates, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from planner.model.note import Note
from planner.model.readiness import Readiness, WaypointAdvice
from planner.model.refs import Ref


class NamespaceClass(StrEnum):
    """What a namespace is for; decides whether it joins."""

    APPLICATION = "application"
    PLATFORM = "platform"
    EDGE = "edge"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Classed:
    """The class of a namespace with its witnesses."""

    namespace: str
    kind: NamespaceClass
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that was neither told nor read.

    Attributes:
        key: What is assumed, as in the configuration file (`istio.version`).
        value: The value taken.
        flag: How to say otherwise.
        because: Why this value.
    """

    key: str
    value: str
    flag: str
    because: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What is placed in a phase: a namespace, or a wave of its workloads.

    Attributes:
        namespace: Namespace.
        workloads: Names (kind/name) of the wave; empty means the whole namespace.
        last: Whether the namespace label comes with this unit.
    """

    namespace: str
    workloads: tuple[str, ...] = ()
    wave: int = 0
    last: bool = True

    @property
    def name(self) -> str:
        """`payments`, or `payments (wave 2)`."""
        return f"{self.namespace} (wave {self.wave})" if self.wave else self.namespace


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit stands where it stands, as data and in words.

    Attributes:
        subject: Namespace.
        code: Kind of reason (`pin`, `leaf`, `callers-first`, `capacity` …).
        text: One sentence for a person.
        flows: Ids of the flows that weigh.
        cost: How much this reason weighs in the objective, where it has a weight.
    """

    subject: str
    code: str
    text: str
    flows: tuple[str, ...] = ()
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """What must be true before the next step or phase.

    Attributes:
        id: Stable name inside the phase.
        text: The condition in words.
        command: How to see it, or an empty string.
        after: Name of the step that it closes.
    """

    id: str
    text: str
    command: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One reversible move inside a phase.

    Attributes:
        name: Folder name, `20-label`.
        title: What it does.
        why: Why it comes here.
        restarts: Workloads that it restarts (kind/namespace/name).
    """

    name: str
    title: str
    why: str
    restarts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phase:
    """A set of units that move together.

    Attributes:
        index: 0 is the preparation, then 1, 2 … and the closing phase.
        name: Short name, used in the folder name.
        units: What joins.
        steps: In order.
        gates: What must hold.
        frontier: Ids of the flows that cross the edge of the mesh once the phase is done.
        risk: Sum of the risk shares of its units, 0–1.
        capacity: Namespaces it may hold at most, 0 for no limit.
        reasons: One or more per unit.
        verdicts: Number of flows by what happens to them once the phase is done.
        strict: Namespaces that become STRICT at its end.
        registry_only: Namespaces whose egress is closed at its end.
    """

    index: int
    name: str
    units: tuple[Unit, ...]
    steps: tuple[Step, ...] = ()
    gates: tuple[Gate, ...] = ()
    frontier: tuple[str, ...] = ()
    risk: float = 0.0
    capacity: int = 0
    reasons: tuple[Reason, ...] = ()
    verdicts: dict[str, int] = field(default_factory=dict)
    strict: tuple[str, ...] = ()
    registry_only: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """`01-canary`."""
        return f"{self.index:02d}-{self.name}"

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces of its units, sorted."""
        return tuple(sorted({unit.namespace for unit in self.units}))


@dataclass(frozen=True, slots=True)
class Objective:
    """What the order costs, by term."""

    value: float
    terms: dict[str, float]
    method: str
    seed: int
    lower_bound: float | None = None
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """A namespace that does not join, and why."""

    namespace: str
    kind: NamespaceClass
    reason: str


@dataclass(frozen=True, slots=True)
class EdgeQuestion:
    """An ingress namespace: should it join? With the consequence of both answers."""

    namespace: str
    joins: str
    stays: str
    serves: tuple[str, ...]


class RepairKind(StrEnum):
    """What was done about a flow that the first plan would have broken."""

    RELAX_RULE = "relax-rule"
    """A DestinationRule no longer forces mTLS."""
    HOLD_STRICT = "hold-strict"
    """A namespace does not become STRICT."""
    HOLD_EGRESS = "hold-egress"
    """The egress of a namespace is not closed."""
    GATE = "gate"
    """Nothing that meshplan may change helps: the step waits until a person has settled it."""
    ACCEPTED = "accepted"
    """The user said that the flow may break."""


@dataclass(frozen=True, slots=True, order=True)
class Repair:
    """What was done about flows that a step would break.

    Attributes:
        phase: Index of the phase.
        step: Name of the step that would break them.
        kind: See `RepairKind`.
        subject: What is changed, held back, or where the trouble lies.
        flows: Ids of the flows, sorted.
        why: What would happen to them, in words.
    """

    phase: int
    step: str
    kind: RepairKind
    subject: Ref
    flows: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole rollout."""

    phases: tuple[Phase, ...]
    objective: Objective
    classes: tuple[Classed, ...]
    outside: tuple[Outside, ...]
    inside: tuple[str, ...]
    strict: tuple[Readiness, ...]
    registry_only: tuple[Readiness, ...]
    edges: tuple[EdgeQuestion, ...]
    cycles: tuple[tuple[str, ...], ...]
    assumed: tuple[Assumption, ...]
    notes: tuple[Note, ...] = ()
    waypoints: tuple[WaypointAdvice, ...] = ()
    repairs: tuple[Repair, ...] = ()

    def phase_of(self, namespace: str) -> Phase | None:
        """Return the phase that finishes a namespace, or None where it does not join."""
        holding = [p for p in self.phases if any(u.namespace == namespace and u.last for u in p.units)]
        return holding[-1] if holding else None
