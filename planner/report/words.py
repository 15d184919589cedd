"""Small words that every report needs."""

from __future__ import annotations

from collections.abc import Iterable


def count(number: int, thing: str) -> str:
    """Write a number with its thing: `1 phase`, `3 phases`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def cell(text: str) -> str:
    """Make a text safe inside one cell of a Markdown table."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table; a single line that says so where there are no rows."""
    lines = [f"| {' | '.join(cell(c) for c in row)} |" for row in rows]
    if not lines:
        return ["None.", ""]
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, ""]
