"""The objects of a cluster as they stand after some steps: what was read, with what the steps created and patched.

Nothing is written: a changed object is a new value that shares what did not change with the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from planner.mesh.view import KINDS
from planner.model.bundle import Change, StepBundle
from planner.model.inventory import Inventory
from planner.model.refs import Ref

_GROUPS = ("networking.istio.io", "security.istio.io")


class Overlay:
    """Raw objects by name, changed step by step.

    Args:
        inventory: What was read.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._changed: dict[Ref, Mapping[str, Any]] = {}
        self._mesh: dict[str, dict[Ref, Mapping[str, Any]]] = {
            kind: {obj.ref: _placed(obj.raw, obj.ref) for obj in inventory.of_kind(kind) if obj.group in _GROUPS}
            for kind in KINDS
        }

    def apply(self, step: StepBundle) -> tuple[Ref, ...]:
        """Take in what a step creates and patches; give the names of what changed, in order."""
        for created in step.created:
            self._put(created.ref, created.body)
        for patch in step.patches:
            self._put(patch.ref, _with_all(self.raw(patch.ref), patch.changes))
        return (*(item.ref for item in step.created), *(item.ref for item in step.patches))

    def revert(self, step: StepBundle) -> tuple[Ref, ...]:
        """Take a step back: what it created goes, what it patched gets its prior values."""
        for patch in reversed(step.patches):
            self._put(patch.ref, _with_all(self.raw(patch.ref), (replace(c, new=c.old) for c in patch.changes)))
        for created in step.created:
            self._mesh.get(created.ref.kind, self._changed).pop(created.ref, None)
        return (*(item.ref for item in step.patches), *(item.ref for item in step.created))

    def _put(self, ref: Ref, raw: Mapping[str, Any]) -> None:
        if ref.kind in self._mesh:
            self._mesh[ref.kind][ref] = _placed(raw, ref)
        else:
            self._changed[ref] = raw

    def raw(self, ref: Ref) -> Mapping[str, Any]:
        """Give an object as it stands; an empty mapping where there is none."""
        if ref in self._mesh.get(ref.kind, {}):
            return self._mesh[ref.kind][ref]
        if ref in self._changed:
            return self._changed[ref]
        obj = self._inventory.get(ref.kind, ref.namespace, ref.name)
        return obj.raw if obj is not None else {}

    def mesh_objects(self) -> dict[str, tuple[Mapping[str, Any], ...]]:
        """Give the mesh objects that stand, by kind."""
        return {kind: tuple(objects.values()) for kind, objects in self._mesh.items()}

    def changed(self, kind: str) -> Mapping[Ref, Mapping[str, Any]]:
        """Give the objects of a kind that steps have changed so far."""
        return {ref: raw for ref, raw in self._changed.items() if ref.kind == kind}


def _placed(raw: Mapping[str, Any], ref: Ref) -> Mapping[str, Any]:
    """Write the namespace into an object that names none, as the API server would."""
    metadata = raw.get("metadata") if isinstance(raw.get("metadata"), Mapping) else {}
    if metadata and metadata.get("namespace") == ref.namespace:
        return raw
    return {**raw, "metadata": {**(metadata or {}), "name": ref.name, "namespace": ref.namespace}}


def _with_all(raw: Mapping[str, Any], changes: Iterable[Change]) -> Mapping[str, Any]:
    for change in changes:
        result = _with(raw, change.path, change.new)
        raw = result if isinstance(result, Mapping) else raw
    return raw


def _with(here: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Give a copy of a value in which one field is set, or removed where the new value is None."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        known = dict(here) if isinstance(here, Mapping) else {}
        new = _with(known.get(step), rest, value)
        if new is None:
            known.pop(step, None)
        else:
            known[step] = new
        return known
    items = list(here) if isinstance(here, list) else []
    for index, item in enumerate(items):
        if index == step or (isinstance(step, tuple) and _is(item, step)):
            items[index] = _with(item, rest, value)
            break
    return items


def _is(item: Any, wanted: tuple[tuple[str, str], ...]) -> bool:
    """Whether a list item is the one that its own fields name; an absent `protocol` means TCP."""
    if not isinstance(item, Mapping):
        return False
    return all(str(item.get(key, "TCP" if key == "protocol" else "")) == text for key, text in wanted)
