"""When what may be closed, and who stands in the way: STRICT by port, REGISTRY_ONLY by callee, waypoints."""

from __future__ import annotations

from dataclasses import dataclass


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
