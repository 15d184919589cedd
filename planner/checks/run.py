"""Runs the rules and says which could not be checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from planner.checks.catalogue import checks
from planner.checks.context import CLUSTER_SUBJECT, Context, finding
from planner.graph.traffic import TrafficGraph
from planner.model.finding import Finding, Outcome, Rule, Severity
from planner.model.snapshot import Snapshot
from planner.settings import Settings

_OUTCOMES = (Outcome.BLOCKED, Outcome.UNKNOWN, Outcome.ADVICE, Outcome.READY)


def run(snapshot: Snapshot, graph: TrafficGraph, settings: Settings, only: Collection[str] = ()) -> tuple[Finding, ...]:
    """Check everything.

    Args:
        snapshot: What was read.
        graph: Flows that were found.
        settings: What the user said.
        only: Ids or names of the rules to run; all where empty.

    Returns:
        Findings, worst first. A rule none of whose kinds was read answers `unknown`, never nothing.
    """
    context = Context(snapshot, graph, settings)
    read = {*snapshot.inventory.kinds, *snapshot.listed}
    found: list[Finding] = []
    for rule, check in checks():
        if only and rule.id not in only and rule.name not in only:
            continue
        if rule.kinds and not read & set(rule.kinds):
            found.append(_not_checked(rule))
        else:
            found.extend(_guarded(rule, check, context))
    return tuple(sorted(_once(found), key=_order))


def _guarded(rule: Rule, check: Callable[[Context], Iterator[Finding]], context: Context) -> list[Finding]:
    """Run one rule so that a fault in it does not lose what the others found."""
    found: list[Finding] = []
    try:
        found.extend(check(context))
    except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an answer that says so
        message = f"not checked to the end: a bug in meshplan ({type(error).__name__}: {error})"
        fix = f"Report it with the input that shows it, and look at {rule.name} by hand."
        found.append(finding(rule, CLUSTER_SUBJECT, message, outcome=Outcome.UNKNOWN, fix=fix))
    return found


def _not_checked(rule: Rule) -> Finding:
    missing = ", ".join(rule.kinds)
    message = f"not checked: none of {missing} was read"
    fix = "Export these kinds too, or take it that there are none."
    return finding(rule, CLUSTER_SUBJECT, message, outcome=Outcome.UNKNOWN, severity=Severity.LOW, fix=fix)


def _once(found: list[Finding]) -> list[Finding]:
    """Keep one finding of an id: the same object may have been read twice."""
    once: dict[str, Finding] = {}
    for item in found:
        once.setdefault(item.id, item)
    return list(once.values())


def _order(item: Finding) -> tuple[int, int, str, str]:
    return _OUTCOMES.index(item.outcome), item.severity.rank, item.rule, item.id
