"""Safe access into raw Kubernetes objects: an ill-typed field is absent, never a crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

Path = tuple[str | int, ...]
"""Where a value stands in an object: keys and list indexes from the root."""

T = TypeVar("T")


def dig(raw: Any, *path: str | int) -> Any:
    """Return the value at `path`, or None where any step is missing or of the wrong type."""
    for step in path:
        if raw.__class__ is dict and step.__class__ is str:  # nearly always; this is the most called function there is
            raw = raw.get(step)
        elif raw is None:
            return None
        elif isinstance(raw, dict):
            raw = raw.get(step) if isinstance(step, str) else None
        elif isinstance(raw, list):
            raw = raw[step] if isinstance(step, int) and -len(raw) <= step < len(raw) else None
        elif isinstance(raw, Mapping) and isinstance(step, str):
            raw = raw.get(step)
        else:
            return None
    return raw


def text_at(raw: Any, *path: str | int) -> str:
    """Return the string at `path`, or an empty string; numbers and booleans are not strings."""
    value = dig(raw, *path)
    return value if isinstance(value, str) else ""


def int_at(raw: Any, *path: str | int) -> int | None:
    """Return the integer at `path` (also one written as digits), or None."""
    value = dig(raw, *path)
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) else None


def map_at(raw: Any, *path: str | int) -> Mapping[str, Any]:
    """Return the mapping at `path` with only its string keys, or an empty one."""
    value = dig(raw, *path) if path else raw
    if not isinstance(value, dict | Mapping):
        return {}
    for key in value:
        if key.__class__ is not str:
            return {k: v for k, v in value.items() if isinstance(k, str)}
    return value


def any_map_at(raw: Any, *path: str | int) -> Mapping[Any, Any]:
    """Return the mapping at `path` with keys of any type (ports are numbers in YAML), or an empty one."""
    value = dig(raw, *path)
    return value if isinstance(value, Mapping) else {}


def list_at(raw: Any, *path: str | int) -> Sequence[Any]:
    """Return the list at `path`, or an empty one."""
    value = dig(raw, *path)
    return value if isinstance(value, list) else ()


def maps_at(raw: Any, *path: str | int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (index, mapping) for the mappings of the list at `path`; other items are passed over."""
    for index, item in enumerate(list_at(raw, *path)):
        if item.__class__ is dict or isinstance(item, Mapping):
            yield index, item


def strings_at(raw: Any, *path: str | int) -> Mapping[str, str]:
    """Return the string-to-string entries of the mapping at `path` (labels, annotations, data)."""
    return {key: value for key, value in map_at(raw, *path).items() if isinstance(value, str)}


def render_path(path: Path) -> str:
    """Write a path for people: `spec.ports[0].name`, `data["nginx.conf"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("-", "").replace("_", "").isalnum():
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text
