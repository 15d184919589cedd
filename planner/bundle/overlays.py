"""The patches once more as JSON patches of the user's own manifests, for kustomize and so for GitOps.

Not the patches themselves: kustomize's strategic merge drops an `appProtocol` without a word where the manifest leaves
`protocol` out, and turns the null that removes a label into the text "null" (both tried with kustomize 5.5).
A JSON patch is exact, and it fails loudly where the manifest has changed since.

Source: RFC 6902 and RFC 6901.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.model.bundle import Change, Item, Overlay, Patch, PhaseBundle, StepBundle
from planner.model.fields import dig
from planner.model.inventory import Inventory
from planner.model.refs import Ref

_DEFAULTS = {"protocol": "TCP"}
"""Fields that a manifest may leave out, with the value that the API server puts there."""


def with_overlays(bundles: Iterable[PhaseBundle], inventory: Inventory) -> tuple[PhaseBundle, ...]:
    """Add to each patch its overlay; an object is followed through the steps, since several may patch it."""
    manifests = _Manifests(inventory)
    return tuple(replace(b, steps=tuple(manifests.step(step) for step in b.steps)) for b in bundles)


class _Manifests:
    """The manifests as they stand after the steps so far."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._now: dict[Ref, Any] = {}

    def step(self, step: StepBundle) -> StepBundle:
        """Follow one step."""
        for item in step.created:
            self._now[item.ref] = copy.deepcopy(_plain(item.body))
        return replace(step, patches=tuple(self._patch(patch) for patch in step.patches))

    def _patch(self, patch: Patch) -> Patch:
        obj = self._inventory.get(patch.ref.kind, patch.ref.namespace, patch.ref.name)
        if patch.ref not in self._now:
            if obj is None:
                return patch
            self._now[patch.ref] = copy.deepcopy(_plain(obj.raw))
        namespace = "" if obj is not None and obj.assumed_namespace else patch.ref.namespace
        return replace(patch, overlay=Overlay(namespace, tuple(_operations(self._now[patch.ref], patch.changes))))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _operations(raw: Any, changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
    """Yield the operations for some changes, carrying each out on `raw`."""
    for change in changes:
        path = _concrete(raw, change)
        if path is None:
            continue
        if change.new is None:
            if dig(raw, *path) is not None:
                yield {"op": "remove", "path": _pointer(path)}
                del dig(raw, *path[:-1])[path[-1]]
            continue
        at = _first_missing(raw, path)
        value = _nested(path[at + 1 :], change.new)
        yield {"op": "add", "path": _pointer(path[: at + 1]), "value": copy.deepcopy(value)}
        dig(raw, *path[:at])[path[at]] = value


def _concrete(raw: Any, change: Change) -> tuple[str | int, ...] | None:
    """Replace items that are named by their fields by their position; None where there is no such item."""
    found: list[str | int] = []
    for part in change.path:
        if isinstance(part, tuple):
            index = _position(dig(raw, *found), part)
            if index is None:
                return None
            found.append(index)
        else:
            found.append(part)
    return tuple(found)


def _position(items: Any, wanted: Item) -> int | None:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict) and all(str(item.get(k, _DEFAULTS.get(k))) == v for k, v in wanted):
            return index
    return None


def _first_missing(raw: Any, path: tuple[str | int, ...]) -> int:
    """Give the place of the first part of a path that does not exist; the last part counts as missing."""
    for place in range(len(path) - 1):
        if dig(raw, *path[: place + 1]) is None:
            return place
    return len(path) - 1


def _nested(path: tuple[str | int, ...], leaf: Any) -> Any:
    for key in reversed(path):
        leaf = {key: leaf}
    return leaf


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
