"""Calls to names that nothing read answers to.

What it finds:
    Addresses that look like a Service of this cluster, which no Service that was read has.

Why it matters:
    Either the name is wrong and the call fails today, or a part of the cluster was not read. For the second the
    plan does not know the callee's protocol, namespace or phase.

Blocked:
    value: http://vists-service.clinic:8080     # the Service is called visits-service

Ready:
    value: http://visits-service.clinic:8080

How to fix:
    Correct the name, or read also the objects that make the Service. Where an operator makes it, read the live cluster,
    or declare the flow.

Source: meshplan's own rule: a name that nothing answers to is either wrong or not read.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from planner.checks.context import Context, finding
from planner.mesh.operated import made_by
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.refs import UNKNOWN

RULE = Rule(
    id="MP307",
    name="missing-target",
    title="A call goes to a name that nothing read answers to",
    severity=Severity.MEDIUM,
    why="The name is wrong, or a part of the cluster was not read.",
    fix="Correct the name, or read also the objects that make the Service.",
    kinds=(),
    before=Before.RESTART,
)


_SHOWN = 3
_OWN_NODE = ("node-ip", "pod-ip", "host-ip")
"""The downward API's addresses, which another rule tells about."""


def check(context: Context) -> Iterator[Finding]:
    """Flag every caller and name once, with the Services whose names are nearest."""
    names = _names(context)
    seen: set[str] = set()
    for flow in context.graph.flows:
        if flow.target.kind != UNKNOWN or flow.target.name in _OWN_NODE or flow.source.namespace.startswith("kube-"):
            continue
        maker = made_by(flow.target.name, flow.source.namespace, context.inventory)
        near = () if maker else _near(flow.target.name, flow.source.namespace, names)
        hint = f"; the operator of {maker} makes it" if maker else ""
        hint = (
            hint or f"; the nearest {'name is' if len(near) == 1 else 'names are'} {', '.join(near)}" if near else hint
        )
        message = f"calls {flow.target.name}, which nothing that was read answers to{hint}"
        found = finding(
            RULE, flow.source, message, flow.evidence[:1], outcome=Outcome.UNKNOWN,
            confidence=flow.confidence, detail=flow.target.name,
        )  # fmt: skip
        if found.id not in seen:
            seen.add(found.id)
            yield found


def _names(context: Context) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service in context.inventory.services:
        found.setdefault(service.ref.name, []).append(service.ref.text)
    return found


def _near(text: str, namespace: str, names: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return up to three Services of that name elsewhere or of a name like it, the caller's namespace first."""
    label = text.partition(".")[0]
    close = [place for name in difflib.get_close_matches(label, names, n=3, cutoff=0.75) for place in names[name]]
    return tuple(sorted(close, key=lambda place: not place.startswith(f"{namespace}/"))[:_SHOWN])
