"""The plan: which units join in which phase, by which steps, past which gates, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from planner.model.note import Note
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
class PlaintextCaller:
    """One call that reaches a port without mTLS, and until when.

    Attributes:
        flow: Id of the flow.
        caller: The caller, as reports name it.
        why: Code of the reason (`not-yet`, `init-container`, `host-network`, `scraper`, `api-server`, `outside` …).
        text: The reason; the rest of a sentence whose subject is the caller.
        until: Phase at whose end the call is mTLS; None where it never is.
        harmless: STRICT does not touch it.
        certain: Sure enough to hold STRICT back; the others are only named.
    """

    flow: str
    caller: str
    why: str
    text: str
    until: int | None = None
    harmless: bool = False
    certain: bool = True

    @property
    def holds(self) -> bool:
        """Whether the port waits for it."""
        return self.certain and not self.harmless


@dataclass(frozen=True, slots=True)
class PortReadiness:
    """From which phase on one port of one workload may refuse plaintext.

    Attributes:
        workload: `namespace/name` of the workload; of the Service where its pods are made by an operator.
        port: Container port; None for every other port.
        phase: Earliest phase; None where a caller never stops sending plaintext.
        callers: Everyone who calls it as plaintext at some time, the last to stop first.
        server_first: The server speaks first, so that the port is DISABLE until its last caller has a proxy.
    """

    workload: str
    port: int | None
    phase: int | None
    callers: tuple[PlaintextCaller, ...] = ()
    server_first: bool = False


@dataclass(frozen=True, slots=True)
class EgressGap:
    """Something that a namespace calls and that REGISTRY_ONLY would refuse.

    Attributes:
        target: Host, address, or callee.
        port: Port, None where not known.
        protocol: What is spoken.
        why: Code (`no-entry`, `port-not-in-entry`, `pod-address`, `port-not-in-service`, `hidden-service`,
            `foreign-host`, `unresolved`).
        text: The reason in words.
        flows: Ids of the calls.
        certain: Sure enough to hold the namespace back; the others are only named.
    """

    target: str
    port: int | None
    protocol: str
    why: str
    text: str
    flows: tuple[str, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a namespace may be closed (STRICT or REGISTRY_ONLY).

    Attributes:
        namespace: Namespace.
        phase: Index of the phase in which it becomes possible; None when it does not.
        blockers: Why not: callers or hosts by name.
        exceptions: Ports that stay open with the caller that needs them.
        blind: Blind spots that could hide another caller or host.
        ports: For STRICT: every port with its callers.
        gaps: For REGISTRY_ONLY: what would be refused.
    """

    namespace: str
    phase: int | None
    blockers: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    ports: tuple[PortReadiness, ...] = ()
    gaps: tuple[EgressGap, ...] = ()


@dataclass(frozen=True, slots=True)
class WaypointAdvice:
    """Whether the waypoint of a namespace goes on before or after its pods are enrolled in ambient mode, and why.

    Attributes:
        namespace: Namespace.
        order: `before`, `after` or `none`.
        waypoint: `namespace/name` of the Gateway that is or would be used; empty where there is none.
        exists: Whether that Gateway is there.
        reasons: Why this order, one sentence each.
        bypassing: Callers that would not pass the waypoint, each with the reason.
        beside: What must come with it (policies to move, labels that point to nothing).
    """

    namespace: str
    order: str
    waypoint: str
    exists: bool
    reasons: tuple[str, ...]
    bypassing: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


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
