"""Values at field paths of live objects, and whether an object still is what was created."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from planner.bundle.patching import path_text
from planner.model.bundle import Change, FieldPath
from planner.model.fields import map_at

ABSENT = "(absent)"
_OWN = ("metadata", "status", "apiVersion", "kind")


def at(raw: Any, path: FieldPath) -> Any:
    """Return the value at a path; None where it is absent."""
    for part in path:
        if isinstance(part, tuple):
            items = raw if isinstance(raw, list) else []
            raw = next((i for i in items if isinstance(i, dict) and all(str(i.get(k)) == v for k, v in part)), None)
        elif isinstance(part, str):
            raw = raw.get(part) if isinstance(raw, dict) else None
        else:
            raw = raw[part] if isinstance(raw, list) and -len(raw) <= part < len(raw) else None
    return raw


def same(one: Any, other: Any) -> bool:
    """Compare two JSON values; a number is no boolean, and a tuple is a list."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def shown(value: Any) -> str:
    """Write a value for a person, on one line."""
    if value is None:
        return ABSENT
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def content(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what an object says: everything but its metadata and its status."""
    return {key: value for key, value in raw.items() if key not in _OWN}


def difference(live: Mapping[str, Any], body: Mapping[str, Any], wanted: Mapping[str, Any] | None = None) -> str:
    """Name the first place where a live object is not what was created; empty where it is.

    Args:
        live: The object as it is.
        body: The object as it was sent; labels and annotations that others added do not count.
        wanted: Its contents as the server answered them, where that was recorded (defaults included).
    """
    for kind in ("labels", "annotations"):
        here = map_at(live, "metadata", kind)
        for key, value in map_at(body, "metadata", kind).items():
            if here.get(key) != value:
                return path_text(("metadata", kind, key))
    return _first(content(live), content(body) if wanted is None else dict(wanted), ())


def _first(one: Any, other: Any, path: FieldPath) -> str:
    if isinstance(one, dict) and isinstance(other, Mapping):
        keys = sorted(set(one) | set(other))
        found = (_first(one.get(key), other.get(key), (*path, key)) for key in keys)
        return next((text for text in found if text), "")
    return "" if same(one, other) else path_text(path) or "everything"


def put(raw: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """Copy contents with changes of keys made, as a later step makes them to an object that an earlier one created."""
    copy: dict[str, Any] = json.loads(json.dumps(raw))
    for change in changes:
        *way, last = change.path
        here: Any = copy
        for part in way:
            here = here.setdefault(part, {}) if isinstance(here, dict) else None
        if isinstance(here, dict):
            here.pop(last, None)
            here |= {} if change.new is None else {last: change.new}
    return copy
