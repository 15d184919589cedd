"""One thing that is wrong with an Istio object."""

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of an object.

    Attributes:
        severity: `error` (Istio or meshplan refuses the object) or `warning`.
        message: One sentence for a person; a refusal by meshplan names the alternative.
        field: Path in the object, such as `spec.ports[0].name`.
        rule: Short name of the rule, the same for every object.
    """

    severity: str
    message: str
    field: str
    rule: str = ""


def error(rule: str, field: str, message: str) -> Problem:
    """Make a fault for which the object is refused."""
    return Problem(ERROR, message, field, rule)


def warning(rule: str, field: str, message: str) -> Problem:
    """Make a fault for which the object is accepted but probably does not do what is meant."""
    return Problem(WARNING, message, field, rule)
