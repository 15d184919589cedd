"""A mapping written as a text whose lines are known by path, so that readers of text read it too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from planner.model.fields import Path

_DEEPEST = 40
_Line = tuple[str, Path]


def as_text(value: Any) -> tuple[str, tuple[Path, ...]]:
    """Return JSON with one key or item a line, and the path of each line.

    Args:
        value: Plain value of a manifest.
    """
    lines = list(_lines("", value, (), ""))
    return "\n".join(line for line, _ in lines), tuple(path for _, path in lines)


def _lines(head: str, value: Any, path: Path, comma: str) -> Iterator[_Line]:
    if isinstance(value, dict) and value and len(path) < _DEEPEST:
        yield f"{head}{{", path
        yield from _items(((f"{json.dumps(str(k))}: ", v, (*path, str(k))) for k, v in value.items()), len(value))
        yield f"{' ' * len(path)}}}{comma}", path
    elif isinstance(value, list) and value and len(path) < _DEEPEST:
        yield f"{head}[", path
        yield from _items((("", item, (*path, index)) for index, item in enumerate(value)), len(value))
        yield f"{' ' * len(path)}]{comma}", path
    else:
        yield f"{head}{json.dumps(value, default=str)}{comma}", path


def _items(items: Iterator[tuple[str, Any, Path]], count: int) -> Iterator[_Line]:
    for number, (key, value, path) in enumerate(items, 1):
        yield from _lines(" " * len(path) + key, value, path, "," if number < count else "")
