"""Calls between namespaces that rest on a single weak witness.

What it finds:
    Flows into another namespace whose confidence is below one half, gathered for each caller.

Why it matters:
    The order of phases follows calls between namespaces. One that is only guessed may order them wrongly, and one
    that is left out may be cut off.

Blocked:
    env:
      - name: LABEL_OF_SOMETHING
        value: cart.shop          # perhaps an address

Ready:
    env:
      - name: CART_URL
        value: http://cart.shop:8080

How to fix:
    Confirm or deny the calls under `flows:` in meshplan.yaml, or by telemetry.

Source: meshplan's own rule: one weak witness is not enough to order phases by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from planner.checks.context import Context, finding
from planner.checks.words import count, some
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Boundary, Flow
from planner.model.refs import SERVICE, Ref

RULE = Rule(
    id="MP502",
    name="weak-evidence",
    title="Calls into other namespaces rest on weak evidence",
    severity=Severity.LOW,
    why="The order of phases follows such calls.",
    fix="Confirm or deny them under `flows:` in meshplan.yaml, or by telemetry.",
    kinds=(),
    before=Before.STRICT,
)

_WEAK = 0.5


def check(context: Context) -> Iterator[Finding]:
    """Flag every caller with such calls once."""
    found: dict[Ref, list[Flow]] = defaultdict(list)
    for flow in context.graph.within(Boundary.INTERNAL):
        crosses = flow.target.kind == SERVICE and flow.source.namespace != flow.target.namespace
        system = flow.source.namespace.startswith("kube-") or not flow.source.namespace
        if crosses and not system and not flow.background and flow.confidence < _WEAK:
            found[flow.source].append(flow)
    for source in sorted(found):
        flows = found[source]
        names = some(flow.target.text for flow in flows)
        message = f"has {count(len(flows), 'call')} into other namespaces that only weak evidence shows ({names})"
        evidence = tuple(flow.evidence[0] for flow in flows[:4])
        confidence = max(flow.confidence for flow in flows)
        yield finding(RULE, source, message, evidence, outcome=Outcome.ADVICE, confidence=confidence)
