"""`findings.sarif`: the findings for code scanning and editors.

Source: OASIS SARIF 2.1.0, §3.19 (toolComponent), §3.20 (invocation), §3.27 (result), §3.28 (location).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from planner.model.finding import Finding, Outcome, Rule, Severity
from planner.model.flow import Evidence
from planner.model.note import Note, NoteKind
from planner.model.objects import is_live
from planner.report.contents import Contents
from planner.report.documents import to_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_PLACES = 10
_BASE = "SOURCE{}"


def text(contents: Contents, rules: tuple[Rule, ...], version: str) -> str:
    """Write the findings about what joins as SARIF.

    Args:
        contents: The findings, and what could not be read.
        rules: The catalogue, for what each rule means.
        version: Version of meshplan.
    """
    sources = contents.snapshot.sources
    return to_json(log(contents.open_findings(), rules, version, sources, contents.notes))


def log(
    findings: Iterable[Finding],
    rules: Sequence[Rule],
    version: str,
    sources: Sequence[str] = (),
    notes: Iterable[Note] = (),
) -> dict[str, Any]:
    """Build a SARIF log of one run.

    Files below an absolute source are written relative to it, with the source as their base, so that the same
    manifests give the same paths on another machine.

    Args:
        findings: What the rules say; what is ready is no result.
        rules: The catalogue.
        version: Version of meshplan.
        sources: What was read, as the user named it.
        notes: Of them, what could not be read becomes a notification of the tool.
    """
    bases = {_BASE.format(number): source for number, source in enumerate(sources) if source.startswith("/")}
    index = {rule.id: number for number, rule in enumerate(rules)}
    unread = [note for note in notes if note.kind is NoteKind.UNREAD]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "meshplan", "version": version, "rules": [_rule(rule) for rule in rules]}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": [_lost(n, bases) for n in unread]}],
    }
    if bases:
        run["originalUriBaseIds"] = {
            name: {"uri": f"file://{quote(path.rstrip('/'))}/"} for name, path in bases.items()
        }
    open_ones = (item for item in findings if item.outcome is not Outcome.READY)
    run["results"] = [_result(item, index, bases, sources) for item in open_ones]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": _sentence(rule.why)},
        "help": {
            "text": f"{_sentence(rule.why)} Fix: {rule.fix}",
            "markdown": f"**Why:** {_sentence(rule.why)}\n\n**Fix:** {rule.fix}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"before": rule.before.value, "since": rule.since, "tags": ["istio", "kubernetes"]},
    }


def _sentence(words: str) -> str:
    """End a text as SARIF wants a message to end."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _result(
    item: Finding, index: Mapping[str, int], bases: Mapping[str, str], sources: Sequence[str]
) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": item.rule}
    if item.rule in index:
        result["ruleIndex"] = index[item.rule]
    # §3.27.9 and §3.27.10: what could not be decided is `open`, and only a `fail` may have a level.
    if item.outcome is Outcome.UNKNOWN:
        result["kind"] = "open"
    result["level"] = _level(item)
    result["message"] = {"text": _plain(f"{item.subject} {_sentence(item.message)} Fix: {item.fix}")}
    result["locations"] = _locations(item, bases, sources)
    result["partialFingerprints"] = {"meshplanFindingId/v1": item.id}
    result["properties"] = {
        "outcome": item.outcome.value,
        "severity": item.severity.value,
        "confidence": item.confidence,
        "before": item.before.value,
    }
    return result


def _plain(words: str) -> str:
    """Keep a text from being taken for a placeholder (§3.11.5) or a link (§3.11.6)."""
    return re.sub(r"\{(\d+)\}", r"{{\1}}", words).replace("](", "] (")


def _level(item: Finding) -> str:
    if item.outcome is Outcome.UNKNOWN:
        return "none"
    if item.outcome is Outcome.BLOCKED:
        return "error" if item.severity is Severity.HIGH else "warning"
    return "note"


def _locations(item: Finding, bases: Mapping[str, str], sources: Sequence[str]) -> list[dict[str, Any]]:
    """Say where it was seen, the strongest place first.

    There is always a file, as GitHub refuses a whole upload for one result without a place: what has none of its
    own is about the source as a whole.
    """
    subject = {"fullyQualifiedName": str(item.subject), "kind": "resource"}
    places = dict.fromkeys((each.file, each.line) for each in item.evidence if _is_file(each))
    known = list(places)[:_PLACES] or [(sources[0] if sources else "cluster", 0)]
    return [{"physicalLocation": _physical(*known[0], bases), "logicalLocations": [subject]}] + [
        {"physicalLocation": _physical(file, line, bases)} for file, line in known[1:]
    ]


def _is_file(evidence: Evidence) -> bool:
    return evidence.file not in ("", "-") and not is_live(evidence.file)


def _physical(file: str, line: int, bases: Mapping[str, str]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _artifact(file.replace("\\", "/"), bases)}
    if line > 0:
        place["region"] = {"startLine": line}
    return place


def _artifact(file: str, bases: Mapping[str, str]) -> dict[str, str]:
    for name, source in bases.items():
        folder = source.rstrip("/") + "/"
        if file.startswith(folder):
            return {"uri": _relative(file.removeprefix(folder)), "uriBaseId": name}
        if file == source:
            return {"uri": "./", "uriBaseId": name}
    return {"uri": _relative(file.removeprefix("./"))}


def _relative(path: str) -> str:
    """Write a path as a relative reference: a colon in it must not look like a scheme."""
    return quote(path.lstrip("/"), safe="/~") or "./"


def _lost(note: Note, bases: Mapping[str, str]) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "level": "warning",
        "message": {"text": _plain(_sentence(f"not read: {note.message}"))},
    }
    if note.file not in ("", "-"):
        notification["locations"] = [{"physicalLocation": _physical(note.file, note.line, bases)}]
    return notification
