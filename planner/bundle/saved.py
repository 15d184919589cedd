"""Bundles as JSON and back, exactly: the machine file `rollout.json` that `meshplan apply` works from.

A field path keeps its three kinds of parts apart: a key is a string, an index a number, an item that is named by its
own fields a list of pairs. Bundles hold no Secret value, so neither does the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from planner.errors import InputError
from planner.model.bundle import Change, FieldPath, PhaseBundle

API_VERSION, KIND = "meshplan.io/v1", "Rollout"
_HINT = "plan again with `meshplan plan -d`"


def dump(bundles: Iterable[PhaseBundle], files: Mapping[str, str]) -> str:
    """Write bundles as text.

    Args:
        bundles: Every phase, in order.
        files: Text of each file of the steps by its path below the output folder; only its SHA-256 is kept.
    """
    phases = [_plain(bundle) for bundle in bundles]
    document = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "digest": digest_of(phases),
        "phases": phases,
        "files": {path: hashlib.sha256(files[path].encode()).hexdigest() for path in sorted(files)},
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def load(text: str, place: str) -> tuple[tuple[PhaseBundle, ...], Mapping[str, str], str]:
    """Read bundles back.

    Args:
        text: What `dump` wrote.
        place: Name of the file, for messages.

    Returns:
        The phases, the SHA-256 of each file of the steps by path, and the digest of the phases.

    Raises:
        InputError: It is not such a file, or of another version.
    """
    try:
        document = json.loads(text)
        if (document["apiVersion"], document["kind"]) != (API_VERSION, KIND):
            raise InputError(f"{place}: not a {KIND} of {API_VERSION}", _HINT, "rollout")
        phases = document["phases"]
        found = tuple(_typed(PhaseBundle, phase) for phase in phases)
        return found, {str(key): str(value) for key, value in document["files"].items()}, digest_of(phases)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as fault:
        raise InputError(f"{place}: cannot be read as a {KIND}: {fault!r}", _HINT, "rollout") from fault


def digest_of(phases: Any) -> str:
    """Give the SHA-256 of the phases as compact JSON, by which a change of the file is noticed."""
    return hashlib.sha256(json.dumps(phases, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def stated_digest(text: str) -> str:
    """Read the digest that the file states of itself."""
    return str(json.loads(text).get("digest", ""))


def _plain(value: Any) -> Any:
    """Turn a value into mappings and lists; what has its default is left out."""
    if isinstance(value, Change):
        return {"path": _plain(value.path), "old": value.old, "new": value.new} | (
            {} if value.known else {"known": False}
        )
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        shown = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: _plain(inner) for f, inner in shown if inner != f.default}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


@cache
def _types(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    """Turn plain JSON into a value of the annotated type."""
    if kind == FieldPath:
        return tuple(tuple((k, v) for k, v in part) if isinstance(part, list) else part for part in value)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else _typed(next(k for k in inner if k is not NoneType), value)
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return tuple(_typed(inner[0], item) for item in value)
        return tuple(_typed(k, item) for k, item in zip(inner, value, strict=True))
    if isinstance(kind, type) and is_dataclass(kind):
        known = _types(kind)
        return kind(**{name: _typed(known[name], item) for name, item in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
