"""The findings as the page shows them: one table to filter, and how many each owner has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from planner.model.finding import Before, Finding, Outcome, Severity
from planner.report.contents import Contents
from planner.report.html_view import Capped, Cell, Row, Table, badge, capped, code, number, place, table, text

_MOST = 500
_PLACES = 3
_FILE = "findings.json"


def findings(contents: Contents) -> Table:
    """Make the table of the findings that matter to what joins, worst first."""
    found = contents.open_findings()
    return Table(
        "Findings, worst first",
        ("finding", "due before", "subject", "what and what to do", "owner", "seen at", "rule"),
        tuple(_row(item, contents.owner(item.subject)) for item in found[:_MOST]),
        max(0, len(found) - _MOST),
        _FILE,
        (("Outcome", "outcome"), ("Severity", "severity"), ("Due before", "before"), ("Owner", "owner")),
    )


def _row(item: Finding, owner: str) -> Row:
    places = dict.fromkeys(place(each.file, each.line) for each in item.evidence if each.file)
    cells = (
        badge(f"{item.outcome.value} ({item.severity.value})", tone(item)),
        text(item.before.value),
        code(str(item.subject)),
        Cell(Capped((item.message, item.fix)), "advice"),
        text(owner),
        Cell(capped(places, _PLACES, _FILE), "code"),
        text(f"{item.rule} {item.name}"),
    )
    facets = (
        ("outcome", item.outcome.value),
        ("severity", item.severity.value),
        ("before", item.before.value),
        ("owner", owner),
    )
    return Row(cells, facets)


def tone(item: Finding) -> str:
    """Choose the colour of a finding."""
    if item.outcome is Outcome.BLOCKED:
        return "bad" if item.severity is Severity.HIGH else "warn"
    return {Outcome.UNKNOWN: "open", Outcome.READY: "good"}.get(item.outcome, "info")


def by_owner(contents: Contents) -> Table:
    """Count what each owner has to settle, the most blocked first."""
    found = contents.open_findings()
    owners = {contents.owner(item.subject) for item in found}
    own = {owner: [item for item in found if contents.owner(item.subject) == owner] for owner in owners}
    rows = (
        (text(owner), *(number(value) for value in _counts(own[owner])))
        for owner in sorted(owners, key=lambda name: (-_counts(own[name])[0], name))
    )
    due = tuple(f"blocked, due before {step.value}" for step in _DUE)
    return table("Findings by owner", ("owner", "blocked", *due, "unknown", "advice"), rows, _FILE)


_DUE = (Before.LABEL, Before.RESTART, Before.STRICT, Before.REGISTRY_ONLY)


def _counts(found: Iterable[Finding]) -> tuple[int, ...]:
    items = tuple(found)
    outcomes = Counter(item.outcome for item in items)
    due = Counter(item.before for item in items if item.outcome is Outcome.BLOCKED)
    steps = (due[step] for step in _DUE)
    return (outcomes[Outcome.BLOCKED], *steps, outcomes[Outcome.UNKNOWN], outcomes[Outcome.ADVICE])
