"""The findings as the page shows them: one table to filter, and how many each owner has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from planner.model.finding import Before, Finding, Outcome, Severity
from planner.report.contents import Contents
from planner.report.html_view import Capped, Cell, Row, Table, badge, capped, code, number, table, text

_MOST = 500
_PLACES = 3
_FILE = "findings.json"


def findings(contents: Contents) -> Table:
    """Make the table of the findings that matter to what joins, worst first."""
    found = contents.open_findings()
    return Table(
        "Findings, worst first",
        ("finding", "subject and owner", "what, and what to do", "seen at", "rule"),
        tuple(_row(item, contents.owner(item.subject)) for item in found[:_MOST]),
        max(0, len(found) - _MOST),
        _FILE,
        (("Outcome", "outcome"), ("Severity", "severity"), ("Due before", "before"), ("Owner", "owner")),
    )


def _row(item: Finding, owner: str) -> Row:
    places = dict.fromkeys(each.place for each in item.evidence if each.file)
    cells = (
        replace(badge(f"{item.outcome.value} ({item.severity.value})", tone(item)), note=_due(item.before)),
        replace(code(str(item.subject)), note=owner),
        Cell(Capped((item.message, item.fix)), "advice"),
        Cell(capped(places, _PLACES, _FILE), "code"),
        replace(text(item.rule), note=item.name),
    )
    facets = (
        ("outcome", item.outcome.value),
        ("severity", item.severity.value),
        ("before", item.before.value),
        ("owner", owner),
    )
    return Row(cells, facets)


def _due(step: Before) -> str:
    return step.value if step is Before.ANY else f"before {step.value}"


def tone(item: Finding) -> str:
    """Choose the colour of a finding."""
    if item.outcome is Outcome.BLOCKED:
        return "bad" if item.severity is Severity.HIGH else "warn"
    return {Outcome.UNKNOWN: "open", Outcome.READY: "good"}.get(item.outcome, "info")


def by_owner(contents: Contents) -> Table:
    """Count what each owner has to settle, the most blocked first."""
    own: dict[str, list[Finding]] = defaultdict(list)
    for item in contents.open_findings():
        own[contents.owner(item.subject)].append(item)
    rows = (
        (text(owner), *_counts(own[owner]))
        for owner in sorted(own, key=lambda name: (-_blocked(own[name]).total(), name))
    )
    return table("Findings by owner", ("owner", "blocked", "of them due", "unknown", "advice"), rows, _FILE)


def _blocked(found: Iterable[Finding]) -> Counter[Before]:
    """Count what blocks, by the step before which it must be settled."""
    return Counter(item.before for item in found if item.outcome is Outcome.BLOCKED)


def _counts(found: Iterable[Finding]) -> tuple[Cell, ...]:
    items = tuple(found)
    outcomes = Counter(item.outcome for item in items)
    due = _blocked(items)
    return (
        number(outcomes[Outcome.BLOCKED]),
        text(*(f"{due[step]} {_due(step)}" for step in Before if due[step])),
        number(outcomes[Outcome.UNKNOWN]),
        number(outcomes[Outcome.ADVICE]),
    )
