"""What was found beside what is true: one row of figures for a corpus, each miss by name, and samples to calibrate by.

Counted are pairs of caller and callee, once each. A pair counts as reported from confidence 0.5 up. Probes by the
kubelet and names that nothing answers to are left out on both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.discovery.truth import Pair, Truth, named
from planner.evidence.confidence import BELIEVED, POLICY_HINT
from planner.model.flow import Flow

_FAMILIES = {
    "http1": "http", "grpc": "http2", "grpc-web": "http2", "h2c": "http2", "https": "tls", "smtps": "tls",
    "mongodb": "mongo", "postgresql": "postgres",
}  # fmt: skip
HINTS = frozenset([POLICY_HINT.name])
"""Grounds that stay below belief by decision."""
_NEAR = 3
"""Lines that evidence may be away from the quoted one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reported pair with a known truth.

    Attributes:
        confidence: As reported.
        right: Whether the call is made.
        grounds: Best evidence of each reader, as its grounds.
    """

    confidence: float
    right: bool
    grounds: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Share:
    """So many of so many, and the names of the others."""

    good: int = 0
    of: int = 0
    bad: list[str] = field(default_factory=list)

    def count(self, good: bool, name: str) -> None:
        """Count one."""
        self.of += 1
        self.good += good
        if not good:
            self.bad.append(name)

    def add(self, other: Share) -> None:
        """Count what another counted."""
        self.good, self.of = self.good + other.good, self.of + other.of

    @property
    def value(self) -> float:
        """0–1; 1 where there is nothing to count."""
        return self.good / self.of if self.of else 1.0


FIGURES = ("recall", "precision", "port", "protocol", "boundary", "evidence")


def compare(truth: Truth, flows: Iterable[Flow]) -> dict[str, Share]:
    """Return the figures, by name."""
    reported: dict[Pair, list[Flow]] = defaultdict(list)
    for flow in flows:
        pair = named(flow.source.text, flow.target.text)
        if flow.confidence >= BELIEVED and "cluster:kubelet" not in pair and not pair[1].startswith("unknown:"):
            reported[truth.match(pair) or pair].append(flow)
    rows = {name: Share() for name in FIGURES}
    for pair in sorted(truth.wanted):
        rows["recall"].count(pair in reported, _text(pair))
    for pair, found in sorted(reported.items()):
        rows["precision"].count(pair in truth.flows, _text(pair))
        if pair in truth.flows:
            _details(pair, found, truth, rows)
    return rows


def _details(pair: Pair, found: list[Flow], truth: Truth, rows: dict[str, Share]) -> None:
    true = truth.flows[pair]
    if not pair[1].endswith("/*"):
        ports, right_ports = {flow.port for flow in found if flow.port}, {flow["port"] for flow in true if flow["port"]}
        if ports and right_ports:
            rows["port"].count(bool(ports & right_ports), f"{_text(pair)}: {sorted(ports)}, not {sorted(right_ports)}")
        said = {flow.protocol for flow in found}
        right = {str(flow["protocol"]) for flow in true}
        rows["protocol"].count(_agree(said, right), f"{_text(pair)}: {sorted(said)}, not {sorted(right)}")
        kinds = {flow.boundary.value for flow in found}
        rows["boundary"].count(kinds <= {flow["kind"] for flow in true}, f"{_text(pair)}: {sorted(kinds)}")
    places = list(truth.quoted(pair))
    if pair in truth.wanted and places:
        rows["evidence"].count(any(_cites(found, *place) for place in places), f"{_text(pair)}: not at {places}")


def _cites(found: list[Flow], file: str, line: int, exact: bool) -> bool:
    return any(
        f"/{item.file}".endswith(f"/{file}") and item.line and (not exact or abs(item.line - line) <= _NEAR)
        for flow in found
        for item in flow.evidence
    )


def _agree(said: set[str], true: set[str]) -> bool:
    return any(_parts(one) & _parts(other) for one in said for other in true)


def _parts(protocol: str) -> set[str]:
    """Cut `tls/mongo` into families; the carrier alone says nothing beside what it carries."""
    names = {_FAMILIES.get(part, part) for part in protocol.lower().split("/") if part}
    return names - {"tcp"} or names


def samples(truth: Truth, flows: Iterable[Flow]) -> list[Sample]:
    """Return each reported pair of whatever confidence whose truth is known, its strongest flow speaking for it.

    Left out is what only a hint tells of: it stays below belief by decision, so it claims nothing.
    """
    best: dict[Pair, Flow] = {}
    for flow in flows:
        pair = named(flow.source.text, flow.target.text)
        key = truth.match(pair) or pair
        left_out = "cluster:kubelet" in pair or pair[1].startswith("unknown:") or key in truth.quiet or only_hints(flow)
        if not left_out and (key not in best or flow.confidence > best[key].confidence):
            best[key] = flow
    return [Sample(flow.confidence, pair in truth.flows, _grounds(flow)) for pair, flow in sorted(best.items())]


def only_hints(flow: Flow) -> bool:
    """Whether nothing but a hint tells of a flow."""
    return all(HINTS.intersection(item.grounds) for item in flow.evidence)


def _grounds(flow: Flow) -> tuple[tuple[str, ...], ...]:
    strongest: dict[str, tuple[str, ...]] = {}
    for item in sorted(flow.evidence, key=lambda item: -item.confidence):
        strongest.setdefault(item.reader, item.grounds)
    return tuple(grounds for _, grounds in sorted(strongest.items()))


def _text(pair: Pair) -> str:
    return f"{pair[0]} -> {pair[1]}"
