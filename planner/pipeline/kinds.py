"""The kinds that meshplan asks a cluster for: those that a reader, a rule or a stage declares, and no other."""

from __future__ import annotations

from planner.bundle import selectors
from planner.checks import catalogue
from planner.evidence import collect
from planner.model.kinds import Resource, of_kinds
from planner.plan import facts


def declared_kinds() -> frozenset[str]:
    """Return every kind that is declared, by its name in a manifest."""
    rules = (kind for rule in catalogue.rules() for kind in rule.kinds)
    return frozenset().union(rules, collect.KINDS, facts.KINDS, selectors.KINDS)


def declared_resources() -> tuple[Resource, ...]:
    """Return the same as resources of the API, sorted."""
    return of_kinds(declared_kinds())
