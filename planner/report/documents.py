"""The machine formats of `docs/formats.md` as plain values, ready for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import orjson

from planner.model.finding import Finding, Rule
from planner.model.flow import BlindSpot, Evidence, Flow, Suppressed
from planner.model.note import Note
from planner.model.plan import Phase, Plan, Repair
from planner.model.readiness import EgressGap, PlaintextCaller, PortReadiness, Readiness, WaypointAdvice
from planner.report.words import table

API_VERSION = "meshplan.io/v1"


def to_json(document: Any) -> str:
    """Write a document as JSON text, indented, with a final newline."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    except TypeError:  # a lone surrogate in somebody's text, or a number beyond 64 bits
        return json.dumps(document, indent=2) + "\n"


def flow_list(
    flows: Iterable[Flow],
    blind_spots: Iterable[BlindSpot],
    notes: Iterable[Note],
    suppressed: Iterable[Suppressed] = (),
) -> dict[str, Any]:
    """Build a `FlowList`."""
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "FlowList",
        "flows": [_flow(flow) for flow in flows],
        "blindSpots": [_blind_spot(spot) for spot in blind_spots],
        "notes": [note_item(note) for note in notes],
    }
    left_out = [_suppressed(item) for item in suppressed]
    if left_out:
        document["suppressed"] = left_out
    return document


def _flow(flow: Flow) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": flow.id,
        "from": flow.source.text,
        "to": flow.target.text,
        "fromKind": flow.source.kind,
        "toKind": flow.target.kind,
        "port": flow.port,
        "protocol": flow.protocol,
        "protocolBy": flow.protocol_by,
        "declared": flow.declared,
        "boundary": flow.boundary.value,
        "confidence": flow.confidence,
        "toWorkloads": [ref.text for ref in flow.to_workloads],
        "evidence": [_evidence(item) for item in flow.evidence],
    }
    if flow.external_name:
        item["externalName"] = flow.external_name
    return item


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "reader": item.reader,
        "file": item.file,
        "line": item.line,
        "object": item.object,
        "field": item.field,
        "confidence": item.confidence,
        "grounds": list(item.grounds),
        "text": item.text,
    }


def _blind_spot(spot: BlindSpot) -> dict[str, Any]:
    return {
        "workload": spot.workload.text,
        "kind": spot.workload.kind,
        "reason": spot.reason,
        "lookedAt": list(spot.looked_at),
        "learn": spot.learn,
    }


def _suppressed(item: Suppressed) -> dict[str, Any]:
    source = item.source.text if item.source else ""
    return {"from": source, "text": item.text, "reason": item.reason, "evidence": _evidence(item.evidence)}


def note_item(note: Note) -> dict[str, Any]:
    """Build the JSON form of a note."""
    return {
        "kind": note.kind.value,
        "message": note.message,
        "file": note.file,
        "document": note.document,
        "line": note.line,
        "subject": note.subject,
        "hint": note.hint,
    }


def finding_list(findings: Iterable[Finding], notes: Iterable[Note] = ()) -> dict[str, Any]:
    """Build a `FindingList`."""
    return {
        "apiVersion": API_VERSION,
        "kind": "FindingList",
        "findings": [finding_item(finding) for finding in findings],
        "notes": [note_item(note) for note in notes],
    }


def finding_item(finding: Finding) -> dict[str, Any]:
    """Build the JSON form of a finding."""
    subject = finding.subject
    return {
        "rule": finding.rule,
        "name": finding.name,
        "id": finding.id,
        "subject": {"kind": subject.kind, "namespace": subject.namespace, "name": subject.name},
        "detail": finding.detail,
        "outcome": finding.outcome.value,
        "severity": finding.severity.value,
        "confidence": finding.confidence,
        "message": finding.message,
        "evidence": [_evidence(item) for item in finding.evidence],
        "fix": finding.fix,
        "before": finding.before.value,
        "docs": finding.docs,
    }


def plan_document(plan: Plan, notes: Iterable[Note] = ()) -> dict[str, Any]:
    """Build a `Plan`."""
    objective = plan.objective
    return {
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "phases": [_phase(phase) for phase in plan.phases],
        "objective": {
            "value": objective.value,
            "terms": objective.terms,
            "lowerBound": objective.lower_bound,
            "gap": objective.gap,
            "method": objective.method,
            "seed": objective.seed,
        },
        "inside": list(plan.inside),
        "outside": [{"namespace": o.namespace, "class": o.kind.value, "reason": o.reason} for o in plan.outside],
        "classes": [
            {"namespace": c.namespace, "class": c.kind.value, "reasons": list(c.reasons)} for c in plan.classes
        ],
        "strict": [{**_readiness(item), "ports": [_port(port) for port in item.ports]} for item in plan.strict],
        "registryOnly": [{**_readiness(item), "gaps": [_gap(gap) for gap in item.gaps]} for item in plan.registry_only],
        "waypoints": [_waypoint(item) for item in plan.waypoints],
        "repairs": [_repair(item) for item in plan.repairs],
        "edges": [
            {"namespace": e.namespace, "ifItJoins": e.joins, "ifItStays": e.stays, "serves": list(e.serves)}
            for e in plan.edges
        ],
        "cycles": [list(cycle) for cycle in plan.cycles],
        "assumed": [{"key": a.key, "value": a.value, "flag": a.flag, "because": a.because} for a in plan.assumed],
        "notes": [note_item(note) for note in (*notes, *plan.notes)],
    }


def _phase(phase: Phase) -> dict[str, Any]:
    return {
        "index": phase.index,
        "name": phase.name,
        "folder": phase.folder,
        "units": [
            {"namespace": u.namespace, "wave": u.wave, "workloads": list(u.workloads), "last": u.last}
            for u in phase.units
        ],
        "steps": [{"name": s.name, "title": s.title, "why": s.why, "restarts": list(s.restarts)} for s in phase.steps],
        "gates": [{"id": g.id, "text": g.text, "command": g.command, "after": g.after} for g in phase.gates],
        "frontier": list(phase.frontier),
        "risk": phase.risk,
        "capacity": phase.capacity,
        "reasons": [
            {"subject": r.subject, "code": r.code, "text": r.text, "flows": list(r.flows), "cost": r.cost}
            for r in phase.reasons
        ],
        "verdicts": phase.verdicts,
        "strict": list(phase.strict),
        "registryOnly": list(phase.registry_only),
    }


def _readiness(item: Readiness) -> dict[str, Any]:
    return {
        "namespace": item.namespace,
        "phase": item.phase,
        "blockers": list(item.blockers),
        "exceptions": list(item.exceptions),
        "blindSpots": list(item.blind),
    }


def _port(item: PortReadiness) -> dict[str, Any]:
    return {
        "workload": item.workload,
        "port": item.port,
        "phase": item.phase,
        "serverFirst": item.server_first,
        "callers": [_plaintext_caller(caller) for caller in item.callers],
    }


def _plaintext_caller(item: PlaintextCaller) -> dict[str, Any]:
    return {
        "flow": item.flow,
        "from": item.caller,
        "why": item.why,
        "text": item.text,
        "until": item.until,
        "harmless": item.harmless,
        "certain": item.certain,
    }


def _gap(item: EgressGap) -> dict[str, Any]:
    return {
        "to": item.target,
        "port": item.port,
        "protocol": item.protocol,
        "why": item.why,
        "text": item.text,
        "flows": list(item.flows),
        "certain": item.certain,
    }


def _waypoint(item: WaypointAdvice) -> dict[str, Any]:
    return {
        "namespace": item.namespace,
        "order": item.order,
        "waypoint": item.waypoint,
        "exists": item.exists,
        "reasons": list(item.reasons),
        "bypassing": list(item.bypassing),
        "beside": list(item.beside),
    }


def _repair(item: Repair) -> dict[str, Any]:
    return {
        "phase": item.phase,
        "step": item.step,
        "kind": item.kind.value,
        "subject": str(item.subject),
        "flows": list(item.flows),
        "why": item.why,
    }


def rule_list(rules: Iterable[Rule]) -> dict[str, Any]:
    """Build the list of rules."""
    return {"apiVersion": API_VERSION, "kind": "RuleList", "rules": [_rule(rule) for rule in rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "severity": rule.severity.value,
        "why": rule.why,
        "fix": rule.fix,
        "kinds": list(rule.kinds),
        "before": rule.before.value,
        "since": rule.since,
    }


def rule_table(rules: Iterable[Rule]) -> str:
    """Write the list of rules as a Markdown table."""
    rows = ((f"[{r.id}]({r.name}.md)", r.name, r.severity.value, r.before.value, r.title) for r in rules)
    return "\n".join(table(("id", "name", "severity", "before", "what it flags"), rows))
