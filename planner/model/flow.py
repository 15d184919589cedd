"""A flow: a caller, a callee, a port, a protocol, and the reasons to believe in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from planner.model.note import Note
from planner.model.objects import is_live
from planner.model.refs import Ref

BACKGROUND_READERS = frozenset({"api-server", "probes", "scraping", "webhooks"})
"""Readers whose flows come from or go to callers that are everywhere: they never order namespaces."""


class Boundary(StrEnum):
    """Which edge of the cluster a flow crosses."""

    INGRESS = "ingress"
    """From outside the cluster, its nodes or its control plane to a workload."""
    EGRESS = "egress"
    """From a workload to outside the cluster."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe in a flow.

    Ordered by what it says; file and line count last, so that renaming files changes no choice.

    Attributes:
        reader: Name of the reader that found it.
        file: Input file, or `cluster:CONTEXT` for a live object.
        line: Line in the file, 0 where unknown.
        object: Kind and name of the object it was read from.
        field: Where in the object, as `planner.model.fields.render_path` writes it.
        confidence: 0–1, how likely this alone means that the call is made.
        text: The words that were read, without credentials, for a person.
        grounds: Why it is believed, and what makes it more or less likely.
    """

    reader: str
    file: str
    line: int
    object: str
    field: str
    confidence: float
    text: str = ""
    grounds: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where a person finds it: the line of a file, or the object of a cluster."""
        if is_live(self.file):
            return self.object
        return f"{self.file}:{self.line}" if self.line else self.file

    def _key(self) -> tuple[str, str, str, str, float, tuple[str, ...], str, int]:
        return self.reader, self.object, self.field, self.text, self.confidence, self.grounds, self.file, self.line

    def __lt__(self, other: Evidence) -> bool:
        """Order by content first, by position last."""
        return self._key() < other._key()


@dataclass(frozen=True, slots=True)
class Flow:
    """One edge of the graph; unique by (source, target, port).

    Attributes:
        source: Caller.
        target: Callee: the Service where there is one.
        port: Port that the caller uses (of the Service or the host); None where there is no single one.
        protocol: What is spoken, lower case (`http`, `grpc`, `postgres` …), `unknown` where nothing says.
        declared: What Istio takes the port for; empty where the callee is no Service port.
        boundary: Edge of the cluster it crosses.
        confidence: 0–1, over all its evidence.
        evidence: At least one, strongest first.
        to_workloads: Workloads behind the Service, sorted.
        external_name: Host that an ExternalName Service in between stands for.
        protocol_by: What says which protocol it is, for a person; empty where nothing does.
    """

    source: Ref
    target: Ref
    port: int | None
    protocol: str
    declared: str
    boundary: Boundary
    confidence: float
    evidence: tuple[Evidence, ...]
    to_workloads: tuple[Ref, ...] = ()
    external_name: str = ""
    protocol_by: str = ""

    @property
    def id(self) -> str:
        """Name of the flow in configuration, messages and other documents."""
        port = f":{self.port}" if self.port else ""
        return f"{self.source.text} -> {self.target.text}{port}"

    @property
    def background(self) -> bool:
        """Whether nothing but platform machinery (scraping, probes, the control plane) makes this call."""
        return all(item.reader in BACKGROUND_READERS for item in self.evidence)


@dataclass(frozen=True, slots=True, order=True)
class BlindSpot:
    """A workload whose callees cannot be known from what was read.

    Attributes:
        workload: The workload.
        reason: Why its callees are unknown.
        looked_at: What was searched in vain.
        learn: How to find out.
    """

    workload: Ref
    reason: str
    looked_at: tuple[str, ...] = field(default=())
    learn: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Suppressed:
    """Something that looked like a flow and was left out, with the reason.

    Attributes:
        source: The workload that carries the text, or None.
        text: The address as it was read.
        reason: Why it is no flow.
        evidence: Where it stands.
    """

    source: Ref | None
    text: str
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything that reading for flows gave."""

    flows: tuple[Flow, ...]
    blind_spots: tuple[BlindSpot, ...]
    suppressed: tuple[Suppressed, ...]
    notes: tuple[Note, ...] = ()
