"""What a server holds, and what it must hold after a step: worked out from the bundle, not by meshplan's own code."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from planner.model.bundle import Created, FieldPath, StepBundle
from tests.cluster.api import Key
from tests.cluster.control_plane import ControlPlane
from tests.cluster.status_writer import MADE_BY

State = dict[Key, dict[str, Any]]
RESTARTED = "kubectl.kubernetes.io/restartedAt"
_VOLATILE = ("managedFields", "resourceVersion", "generation")
_OTHERS = ("Event", "Lease", "EndpointSlice", "Endpoints", "ServiceCIDR", "IPAddress", "APIService", "ComponentStatus")
"""Kinds that the server itself keeps up to date."""


def state(plane: ControlPlane) -> State:
    """Read all objects, without status and what changes with every write; names, uid and times of birth stay."""
    api = plane.api()
    try:
        return {key: _tidy(raw) for key, raw in api.objects() if _counts(key, raw)}
    finally:
        api.close()


def _counts(key: Key, raw: Mapping[str, Any]) -> bool:
    return key.kind not in _OTHERS and MADE_BY not in raw["metadata"].get("annotations", {})


def _tidy(raw: dict[str, Any]) -> dict[str, Any]:
    meta = {name: value for name, value in raw["metadata"].items() if name not in _VOLATILE}
    return {name: value for name, value in raw.items() if name != "status"} | {"metadata": meta}


def without_restarts(found: State, restarted: Iterable[Key]) -> State:
    """Drop the time of the last restart from workloads that a step restarts; elsewhere it would be a surprise."""
    result = dict(found)
    for key in restarted:
        if key not in result:
            continue
        raw = result[key] = copy.deepcopy(result[key])
        meta = raw["spec"]["template"]["metadata"]
        if meta.get("annotations", {}).pop(RESTARTED, None) is not None and not meta["annotations"]:
            del meta["annotations"]
    return result


def expected(before: State, step: StepBundle, *, undo: bool = False) -> State:
    """Work out the state after a step from the state before it; created objects are compared by `surprises`."""
    after = dict(before)
    for patch in step.patches:
        key = key_of(patch.api_version, patch.ref)
        after[key] = copy.deepcopy(after[key])
        for change in patch.changes:
            _set(after[key], change.path, change.old if undo else change.new)
    for item in step.created:
        if undo:
            after.pop(created_key(item), None)
        else:
            after[created_key(item)] = dict(item.body)
    return after


def key_of(api_version: str, ref: Any) -> Key:
    """Name the object of a reference."""
    return Key(api_version.rpartition("/")[0], ref.kind, ref.namespace, ref.name)


def created_key(item: Created) -> Key:
    """Name an object that a step creates."""
    return key_of(str(item.body["apiVersion"]), item.ref)


def surprises(wanted: State, found: State, made: Iterable[Key] = ()) -> list[str]:
    """Name every difference; an object in `made` may have fields beyond the wanted ones, which the server fills in."""
    fresh, lines = set(made), []
    for key in sorted({*wanted, *found}):
        name = "/".join(filter(None, key))
        if key not in found or key not in wanted:
            lines.append(f"{name}: {'is missing' if key not in found else 'is there and should not be'}")
            continue
        differences = _differences(pruned(wanted[key]), pruned(found[key]), more_is_fine=key in fresh)
        lines += [f"{name}: {line}" for line in differences]
    return lines


def _differences(wanted: Any, found: Any, path: str = "", *, more_is_fine: bool) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted({*wanted, *found}):
            if name not in wanted and more_is_fine:
                continue
            one, other = wanted.get(name), found.get(name)
            yield from _differences(one, other, f"{path}.{name}", more_is_fine=more_is_fine)
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(one, other, f"{path}[{number}]", more_is_fine=more_is_fine)
    elif wanted != found:
        yield f"{path}: is {found!r}, should be {wanted!r}"


def pruned(value: Any) -> Any:
    """Drop empty mappings below the top: the server drops some of them."""
    if isinstance(value, dict):
        inner = {name: pruned(item) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item != {}}
    return [pruned(item) for item in value] if isinstance(value, list) else value


def _set(raw: Any, path: FieldPath, value: Any) -> None:
    """Set one field, or take it away where the value is None."""
    here = raw
    for part, following in pairwise(path):
        here = _inner(here, part, [] if isinstance(following, int | tuple) else {})
    last = path[-1]
    if isinstance(last, tuple):
        last = here.index(_item(here, last))
    if value is None and isinstance(here, dict):
        here.pop(last, None)
    elif value is None:
        del here[last]
    else:
        here[last] = copy.deepcopy(value)


def _inner(here: Any, part: Any, empty: Any) -> Any:
    if isinstance(part, tuple):
        return _item(here, part)
    return here[part] if isinstance(here, list) else here.setdefault(part, empty)


def _item(items: list[Any], names: tuple[tuple[str, str], ...]) -> Any:
    (found,) = (item for item in items if all(str(item.get(name)) == str(value) for name, value in names))
    return found
