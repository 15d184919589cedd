"""The catalogue of rules, for the command line."""

from __future__ import annotations

from collections.abc import Iterable

from planner.checks import catalogue
from planner.errors import UsageError
from planner.model.finding import Rule


def known_rules(wanted: Iterable[str]) -> None:
    """Refuse rules that do not exist.

    Raises:
        UsageError: A rule is neither an id nor a name of the catalogue.
    """
    known = {word for rule in catalogue.rules() for word in (rule.id, rule.name)}
    for word in wanted:
        if word not in known:
            raise UsageError(f"--rule {word}: no such rule", "meshplan rules lists them", "usage")


def all_rules() -> tuple[Rule, ...]:
    """Return the catalogue of rules."""
    return catalogue.rules()


def rule_named(word: str) -> Rule | None:
    """Find a rule by its id or name."""
    return next((rule for rule in catalogue.rules() if word in (rule.id, rule.name)), None)
