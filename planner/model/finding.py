"""What a rule says about one subject."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from planner.model.flow import Evidence
from planner.model.refs import Ref


class Outcome(StrEnum):
    """Four answers; "not checked" is `unknown`, never `ready`."""

    READY = "ready"
    BLOCKED = "blocked"
    ADVICE = "advice"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How much harm it does when nothing is done."""

    HIGH = "high"
    """Calls fail or pods are not created."""
    MEDIUM = "medium"
    """A mesh feature silently does not work, or calls fail in a later step."""
    LOW = "low"
    """Poorer telemetry or an inconvenience."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


class Before(StrEnum):
    """The step by which a finding must be settled."""

    LABEL = "label"
    """Before the namespace label is set: after it any new pod is injected."""
    RESTART = "restart"
    """Before the workload restarts into the mesh."""
    STRICT = "strict"
    REGISTRY_ONLY = "registry-only"
    ANY = "any time"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of a rule without running it.

    Attributes:
        id: `MP101`; never reused once retired.
        name: Kebab-case name, equal to the file name.
        title: The thing it flags, as a short sentence.
        severity: Of its ordinary finding.
        why: Why it matters for the mesh.
        fix: What to do, ending in a full stop.
        kinds: Kinds it reads; when none of them was read it answers `unknown`.
        before: The step by which it must be settled.
        since: Version of meshplan in which it appeared.
    """

    id: str
    name: str
    title: str
    severity: Severity
    why: str
    fix: str
    kinds: tuple[str, ...]
    before: Before = Before.RESTART
    since: str = "0.1.0"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one rule about one subject.

    Attributes:
        rule: Rule id.
        name: Rule name.
        subject: Object it is about.
        outcome: See `Outcome`.
        severity: See `Severity`.
        confidence: 0–1.
        message: One sentence that names what was seen.
        evidence: Where it was seen.
        fix: What to do about this one.
        before: The step by which it must be settled.
        detail: Part of the subject (a port, a container), so that two findings on one subject differ.
    """

    rule: str
    name: str
    subject: Ref
    outcome: Outcome
    severity: Severity
    confidence: float
    message: str
    evidence: tuple[Evidence, ...]
    fix: str
    before: Before
    detail: str = ""

    @property
    def id(self) -> str:
        """Stable name of this finding across runs."""
        detail = f"#{self.detail}" if self.detail else ""
        return f"{self.rule}:{self.subject.kind}/{self.subject.text}{detail}"

    @property
    def docs(self) -> str:
        """Page of the rule."""
        return f"docs/rules/{self.name}.md"
