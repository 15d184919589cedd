"""Tiny reference implementations of the three patch types, to prove that undo undoes.

Merge: RFC 7386. Strategic: as merge, with Service ports merged by `port`. JSON: RFC 6902, the four operations used.
"""

from __future__ import annotations

import copy
from typing import Any

from planner.model.bundle import Patch, PatchType


def applied(obj: Any, patch: Any, kind: PatchType) -> Any:
    if kind is PatchType.JSON:
        return _operations(copy.deepcopy(obj), patch)
    return _merge(copy.deepcopy(obj), patch, strategic=kind is PatchType.STRATEGIC)


def forth_and_back(obj: Any, patch: Patch) -> tuple[Any, Any]:
    there = applied(obj, patch.body, patch.type)
    return there, applied(there, patch.undo, patch.type)


def tidy(value: Any) -> Any:
    """Drop empty mappings, as the API server does on write."""
    if isinstance(value, dict):
        kept = {key: tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != {}}
    return [tidy(inner) for inner in value] if isinstance(value, list) else value


def _merge(target: Any, patch: Any, strategic: bool) -> Any:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif strategic and key == "ports" and isinstance(value, list):
            result[key] = _by_port(result.get(key, []), value)
        else:
            result[key] = _merge(result.get(key), value, strategic)
    return result


def _by_port(have: list[Any], wanted: list[Any]) -> list[Any]:
    result = list(have)
    for item in wanted:
        at = next((i for i, old in enumerate(result) if old["port"] == item["port"]), None)
        if at is None:
            result.append(_merge({}, item, strategic=True))
        else:
            result[at] = _merge(result[at], item, strategic=True)
    return result


def _operations(target: Any, operations: list[dict[str, Any]]) -> Any:
    for op in operations:
        *way, last = op["path"].strip("/").split("/")
        here = target
        for part in way:
            here = here[int(part)] if isinstance(here, list) else here[part]
        if op["op"] == "test":
            assert here.get(last) == op["value"], op
        elif op["op"] == "remove":
            del here[last]
        elif op["op"] == "replace":
            assert last in here
            here[last] = op["value"]
        else:
            here[last] = op["value"]
    return target
