"""JSON Schemas (2020-12) of the machine formats; `docs/schemas/` holds them as files."""

from __future__ import annotations

from typing import Any

from planner.model.finding import Before, Outcome, Severity
from planner.model.flow import Boundary
from planner.model.note import NoteKind
from planner.model.plan import NamespaceClass, RepairKind
from planner.model.verdict import VERDICTS
from planner.report.documents import API_VERSION

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}


def _one_of(values: type) -> Schema:
    return {"enum": [str(value) for value in values]}  # type: ignore[attr-defined]


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(optional: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


_EVIDENCE = _object(
    reader=_TEXT, file=_TEXT, line=_COUNT, object=_TEXT, field=_TEXT, confidence=_SHARE, grounds=_TEXTS, text=_TEXT
)
_NOTE = _object(
    kind=_one_of(NoteKind), message=_TEXT, file=_TEXT, document=_COUNT, line=_COUNT, subject=_TEXT, hint=_TEXT
)


def _document(kind: str, optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    body = _object(optional, apiVersion={"const": API_VERSION}, kind={"const": kind}, **properties)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind, **body}


def _flow_list() -> Schema:
    flow = _object(
        ("externalName",),
        id=_TEXT, **{"from": _TEXT}, to=_TEXT, fromKind=_TEXT, toKind=_TEXT, port=_maybe(_COUNT), protocol=_TEXT,
        protocolBy=_TEXT, declared=_TEXT, boundary=_one_of(Boundary), confidence=_SHARE, toWorkloads=_TEXTS,
        externalName=_TEXT,
        evidence={**_list(_EVIDENCE), "minItems": 1},
    )  # fmt: skip
    blind = _object(workload=_TEXT, kind=_TEXT, reason=_TEXT, lookedAt=_TEXTS, learn=_TEXT)
    left_out = _object(**{"from": _TEXT}, text=_TEXT, reason=_TEXT, evidence=_EVIDENCE)
    return _document(
        "FlowList",
        ("suppressed",),
        flows=_list(flow),
        blindSpots=_list(blind),
        notes=_list(_NOTE),
        suppressed=_list(left_out),
    )


def _finding_list() -> Schema:
    finding = _object(
        rule=_TEXT, name=_TEXT, id=_TEXT, subject=_object(kind=_TEXT, namespace=_TEXT, name=_TEXT), detail=_TEXT,
        outcome=_one_of(Outcome), severity=_one_of(Severity), confidence=_SHARE, message=_TEXT,
        evidence=_list(_EVIDENCE), fix=_TEXT, before=_one_of(Before), docs=_TEXT,
    )  # fmt: skip
    return _document("FindingList", findings=_list(finding), notes=_list(_NOTE))


def _readiness(**more: Schema) -> Schema:
    return _object(namespace=_TEXT, phase=_maybe(_COUNT), blockers=_TEXTS, exceptions=_TEXTS, blindSpots=_TEXTS, **more)


def _port() -> Schema:
    """One port of one workload with everyone who calls it as plaintext; `port` is null for every other port."""
    caller = _object(
        flow=_TEXT, **{"from": _TEXT}, why=_TEXT, text=_TEXT, until=_maybe(_COUNT), harmless=_FLAG, certain=_FLAG
    )
    return _object(workload=_TEXT, port=_maybe(_COUNT), phase=_maybe(_COUNT), serverFirst=_FLAG, callers=_list(caller))


def _gap() -> Schema:
    """Something that REGISTRY_ONLY would refuse."""
    return _object(to=_TEXT, port=_maybe(_COUNT), protocol=_TEXT, why=_TEXT, text=_TEXT, flows=_TEXTS, certain=_FLAG)


def _waypoint() -> Schema:
    """Advice on the waypoint of one namespace in ambient mode."""
    return _object(
        namespace=_TEXT, order={"enum": ["before", "after", "none"]}, waypoint=_TEXT, exists=_FLAG, reasons=_TEXTS,
        bypassing=_TEXTS, beside=_TEXTS,
    )  # fmt: skip


def _repair() -> Schema:
    """What was done about flows that a step would break."""
    return _object(phase=_COUNT, step=_TEXT, kind=_one_of(RepairKind), subject=_TEXT, flows=_TEXTS, why=_TEXT)


def _verdict_list() -> Schema:
    one_of: Schema = {"enum": list(VERDICTS)}
    verdict = {"verdict": one_of, "rule": _TEXT, "reason": _TEXT, "missing": _TEXT, "learn": _TEXT, "by": _TEXT}
    counts: Schema = {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(VERDICTS, _COUNT)}
    step = _object(
        phase=_COUNT, step=_TEXT, title=_TEXT, endsPhase=_FLAG, during=_FLAG, counts=counts,
        changes=_list(_object(flow=_TEXT, **{"from": one_of}, **verdict)),
    )  # fmt: skip
    return _document(
        "VerdictList", ("verdicts", "undo"), today=_list(_object(flow=_TEXT, **verdict)), counts=counts,
        verdicts=_list(_object(phase=_COUNT, flow=_TEXT, **verdict)), steps=_list(step), undo=_list(step),
        notes=_list(_NOTE),
    )  # fmt: skip


def _plan() -> Schema:
    phase = _object(
        index=_COUNT, name=_TEXT, folder=_TEXT,
        units=_list(_object(namespace=_TEXT, wave=_COUNT, workloads=_TEXTS, last={"type": "boolean"})),
        steps=_list(_object(name=_TEXT, title=_TEXT, why=_TEXT, restarts=_TEXTS)),
        gates=_list(_object(id=_TEXT, text=_TEXT, command=_TEXT, after=_TEXT)),
        frontier=_TEXTS, risk=_SHARE, capacity=_COUNT,
        reasons=_list(_object(subject=_TEXT, code=_TEXT, text=_TEXT, flows=_TEXTS, cost=_maybe(_NUMBER))),
        verdicts={"type": "object", "additionalProperties": _COUNT}, strict=_TEXTS, registryOnly=_TEXTS,
    )  # fmt: skip
    objective = _object(
        value=_NUMBER, terms={"type": "object", "additionalProperties": _NUMBER}, lowerBound=_maybe(_NUMBER),
        gap=_maybe(_NUMBER), method=_TEXT, seed={"type": "integer"},
    )  # fmt: skip
    kind = _one_of(NamespaceClass)
    return _document(
        "Plan", phases=_list(phase), objective=objective, inside=_TEXTS,
        outside=_list(_object(namespace=_TEXT, **{"class": kind}, reason=_TEXT)),
        classes=_list(_object(namespace=_TEXT, **{"class": kind}, reasons=_TEXTS)),
        strict=_list(_readiness(ports=_list(_port()))), registryOnly=_list(_readiness(gaps=_list(_gap()))),
        waypoints=_list(_waypoint()), repairs=_list(_repair()),
        edges=_list(_object(namespace=_TEXT, ifItJoins=_TEXT, ifItStays=_TEXT, serves=_TEXTS)),
        cycles=_list(_TEXTS), assumed=_list(_object(key=_TEXT, value=_TEXT, flag=_TEXT, because=_TEXT)),
        notes=_list(_NOTE),
    )  # fmt: skip


def all_schemas() -> dict[str, Schema]:
    """Return the schema of every machine format, by its kind."""
    return {"FlowList": _flow_list(), "FindingList": _finding_list(), "Plan": _plan(), "VerdictList": _verdict_list()}
