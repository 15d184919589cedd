"""Flows × steps: what meshplan says will happen, and what did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LETTERS = {
    "mtls": "m", "hbone": "h", "tls": "t", "plaintext": "p", "bypass": "b", "unknown": "?", "policy-lost": "L",
    "broken": "X", "unseen": "u", "absent": "-",
}  # fmt: skip
NOT_OBSERVED = frozenset({"unseen", "absent"})


@dataclass
class Matrix:
    """The outcome of a rollout.

    Attributes:
        steps: Names of the columns, in order.
        cells: By column and flow: what was expected, what was seen.
    """

    steps: list[str] = field(default_factory=list)
    cells: list[dict[str, tuple[str, str]]] = field(default_factory=list)

    def add(self, step: str, cells: dict[str, tuple[str, str]]) -> None:
        """Append a column."""
        self.steps.append(step)
        self.cells.append(cells)

    def disagreements(self) -> list[tuple[str, str, str, str]]:
        """List what was decided, observed and not the same: step, flow, expected, seen."""
        return [
            (step, flow, expected, seen)
            for step, column in zip(self.steps, self.cells, strict=True)
            for flow, (expected, seen) in sorted(column.items())
            if kind(expected, seen) == "disagreed"
        ]

    def counts(self) -> Counter[str]:
        """Count agreed, disagreed, undecided (by meshplan) and not observed."""
        return Counter(kind(*cell) for column in self.cells for cell in column.values())

    def text(self) -> str:
        """Write the matrix for a person."""
        flows = sorted({flow for column in self.cells for flow in column})
        width = max(map(len, flows), default=0)
        legend = ", ".join(f"{letter} {name}" for name, letter in LETTERS.items())
        lines = [f"One letter: expected and seen; two: expected, then seen. {legend}", ""]
        lines += [f"{number:3} {name}" for number, name in enumerate(self.steps, 1)]
        lines += ["", " " * width + "".join(f"{number:4}" for number in range(1, len(self.steps) + 1))]
        lines += [flow.ljust(width) + "".join(_cell(column, flow) for column in self.cells) for flow in flows]
        lines += ["", ", ".join(f"{number} {name}" for name, number in sorted(self.counts().items()))]
        lines += [
            f"DISAGREED {step}: {flow}: expected {expected}, seen {seen}"
            for step, flow, expected, seen in self.disagreements()
        ]
        return "\n".join(lines) + "\n"


def kind(expected: str, seen: str) -> str:
    """Say how a cell is counted."""
    if expected == "unknown":
        return "undecided"
    if seen in NOT_OBSERVED:
        return "not observed"
    return "agreed" if expected == seen else "disagreed"


def _cell(column: dict[str, tuple[str, str]], flow: str) -> str:
    if flow not in column:
        return "   ."
    expected, seen = (LETTERS[name] for name in column[flow])
    return f"{expected if expected == seen else expected + seen:>4}"
