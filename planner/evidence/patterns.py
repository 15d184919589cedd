"""Fields of an object by a pattern, so that tables can say where a product keeps its addresses.

`spec.routes[].services[]`: names joined by dots, `[]` for each item of a list, `*` for each value of a mapping,
`**` at the end for every string below.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from planner.model.fields import Path, list_at, map_at

_MOST, _DEEPEST = 2000, 14
_LONGEST_LIST = 200


@cache
def _steps(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.replace("[]", ".[]").split("."))


def each(raw: Any, pattern: str) -> Iterator[tuple[Path, Any]]:
    """Yield every value that a pattern picks, with its path; never raises on ill-typed fields."""
    yield from _walk(raw, _steps(pattern), ())


def _walk(value: Any, steps: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Any]]:
    if not steps:
        yield path, value
        return
    step, rest = steps[0], steps[1:]
    if step == "**":
        yield from ((found, text) for found, _, text in strings(value, path))
    elif step == "[]":
        for index, item in enumerate(list_at(value)[:_LONGEST_LIST]):
            yield from _walk(item, rest, (*path, index))
    elif step == "*":
        for key, child in map_at(value).items():
            yield from _walk(child, rest, (*path, key))
    elif step in map_at(value):
        yield from _walk(map_at(value)[step], rest, (*path, step))


def strings(value: Any, path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Yield the texts below a value with their paths and the keys that they stand under, in the order written."""
    waiting: list[tuple[Path, str, Any]] = [(path, str(path[-1]) if path else "", value)]
    seen = 0
    while waiting and seen < _MOST:
        here, key, current = waiting.pop()
        seen += 1
        if len(here) - len(path) > _DEEPEST:
            continue
        if isinstance(current, dict):
            waiting += [((*here, str(name)), str(name), child) for name, child in reversed(current.items())]
        elif isinstance(current, list):
            items = list(enumerate(current[:_LONGEST_LIST]))
            waiting += [((*here, index), key, child) for index, child in reversed(items)]
        elif isinstance(current, str):
            yield here, key, current
