"""Small pieces of sentences that several rules need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def some(names: Iterable[str], most: int = 4) -> str:
    """List the first few names in order, and how many more there are."""
    ordered = sorted(set(names))
    rest = len(ordered) - most
    return ", ".join(ordered[:most]) + (f" and {rest} more" if rest > 0 else "")


def count(number: int, one: str) -> str:
    """Write a number with its noun: `1 pod`, `3 pods`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def joined(parts: Sequence[str]) -> str:
    """Join words as one says them: `a, b and c`."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"
