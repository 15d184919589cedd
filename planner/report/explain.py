"""Why a namespace is in its phase, why a flow is believed, what a rule means: in words, from the documents."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from planner.errors import UsageError
from planner.model.finding import Rule
from planner.report import closing
from planner.report.lives import Lives

_WIDTH = 80
_NAMED = 10


def explain(
    what: str,
    plan: Mapping[str, Any],
    flows: Mapping[str, Any],
    findings: Mapping[str, Any],
    verdicts: Mapping[str, Any] | None = None,
) -> str:
    """Explain a namespace or a flow.

    Args:
        what: A namespace, a flow id, or `ns/name` of a workload.
        plan: A `Plan` document.
        flows: A `FlowList` document.
        findings: A `FindingList` document.
        verdicts: A `VerdictList` document, empty where an older meshplan wrote the others.

    Raises:
        UsageError: Nothing of that name is in the documents.
    """
    if what in {item["namespace"] for item in plan["classes"]}:
        return _fold(_namespace(what, plan, findings))
    matching = [flow for flow in flows["flows"] if what in (flow["id"], flow["from"], flow["to"])]
    if matching:
        lives = Lives(plan, verdicts or {})
        return _fold(line for flow in matching for line in (*_flow(flow), *lives.told(flow["id"]), ""))
    raise _nothing(what, plan, flows)


def _nothing(what: str, plan: Mapping[str, Any], flows: Mapping[str, Any]) -> UsageError:
    known = [item["namespace"] for item in plan["classes"]]
    known += [word for flow in flows["flows"] for word in (flow["id"], flow["from"], flow["to"])]
    near = difflib.get_close_matches(what, known, n=3, cutoff=0.5)
    hint = f"did you mean {', '.join(dict.fromkeys(near))}?" if near else "give a namespace, a flow, or a rule"
    return UsageError(f"{what}: no namespace, flow or rule of that name", hint, "explain")


def _fold(lines: Iterator[str]) -> str:
    folded: list[str] = []
    for line in lines:
        indent = len(line) - len(line.lstrip()) + (2 if line.lstrip().startswith("- ") else 0)
        folded.extend(textwrap.wrap(line, _WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False) or [""])
    return "\n".join(folded) + "\n"


def _namespace(name: str, plan: Mapping[str, Any], findings: Mapping[str, Any]) -> Iterator[str]:
    kind = next(item for item in plan["classes"] if item["namespace"] == name)
    outside = next((item for item in plan["outside"] if item["namespace"] == name), None)
    if outside:
        yield f"{name} stays outside the mesh: {outside['reason']}"
    phases = [phase for phase in plan["phases"] if any(unit["namespace"] == name for unit in phase["units"])]
    if not phases and not outside:
        yield f"{name} is in the mesh already."
    for phase in phases:
        yield f"{name} joins in phase {phase['index']} ({phase['name']})."
        yield ""
        yield "Why there:"
        yield from (f"  - {reason['text']}" for reason in phase["reasons"] if reason["subject"] == name)
    yield ""
    yield f"It is taken for {kind['class']}: {'; '.join(kind['reasons'])}."
    yield from _closing(name, "STRICT", plan["strict"])
    yield from _closing(name, "REGISTRY_ONLY", plan["registryOnly"])
    yield from _waypoint(name, plan)
    open_ones = [item for item in findings["findings"] if item["subject"]["namespace"] == name]
    if open_ones:
        yield from ("", "Findings:")
        for item in open_ones:
            subject = item["subject"]
            yield f"  - {item['outcome']}: {subject['kind']} {subject['name']} {item['message']} ({item['rule']})"


def _closing(name: str, what: str, items: list[Mapping[str, Any]]) -> Iterator[str]:
    item = next((item for item in items if item["namespace"] == name), None)
    if item is None:
        return
    yield ""
    if item["phase"] is None:
        yield f"{what} is not possible yet:"
        yield from (f"  - {text}" for text in item["blockers"])
    else:
        yield f"{what} is possible at the end of phase {item['phase']}."
    if item["exceptions"]:
        yield "Ports that stay open:"
        yield from (f"  - {text}" for text in item["exceptions"])
    yield from _callers(item) if what == "STRICT" else _missing(item)


def _callers(item: Mapping[str, Any]) -> Iterator[str]:
    ports, hints = closing.port_lines(item), closing.hint_lines(item)
    if ports:
        yield from ("Who calls in without mTLS, by port of the container:", *ports)
    if hints:
        yield from ("Too uncertain to wait for:", *hints)
    number = len(item["blindSpots"])
    if number:
        who = ", ".join(item["blindSpots"][:_NAMED]) + (f" and {number - _NAMED} more" if number > _NAMED else "")
        yield f"Not certain: {who} might call it before they have a proxy; their callees are unknown."


def _missing(item: Mapping[str, Any]) -> Iterator[str]:
    gaps = [gap for gap in item.get("gaps", ()) if not gap["certain"]]
    if gaps:
        yield from ("Too uncertain to hold it back:", *(f"  - {gap['text']}" for gap in gaps))


def _waypoint(name: str, plan: Mapping[str, Any]) -> Iterator[str]:
    for item in plan.get("waypoints", ()):
        if item["namespace"] == name:
            yield ""
            yield f"Waypoint in ambient mode: {item['order']}."
            yield from (f"  - {text}" for text in (*item["reasons"], *item["beside"]))
            yield from (f"  - passes it by: {text}" for text in item["bypassing"])


def _flow(flow: Mapping[str, Any]) -> Iterator[str]:
    said = f" (by {flow['protocolBy']})" if flow["protocolBy"] else ""
    declared = f", Istio takes the port for {flow['declared']}" if flow["declared"] else ""
    yield f"{flow['id']}"
    yield f"  {flow['boundary']}, speaks {flow['protocol']}{said}{declared}, {flow['confidence']:.0%} sure, because:"
    for item in flow["evidence"]:
        place = f"{item['file']}:{item['line']}" if item["line"] else item["file"]
        text = f": {item['text']}" if item["text"] else ""
        yield f"  - {item['reader']} ({item['confidence']:.0%}): {item['object']} {item['field']} at {place}{text}"
        if item["grounds"]:
            yield f"      {'; '.join(item['grounds'])}"


def rule(known: Rule) -> str:
    """Explain a rule."""
    return _fold(
        iter(
            (
                f"{known.id} {known.name} ({known.severity.value}, to be settled before: {known.before.value})",
                f"  {known.title}.",
                "",
                f"  Why: {known.why}",
                f"  Fix: {known.fix}",
                f"  Page: docs/rules/{known.name}.md",
            )
        )
    )
