"""The label that lets the mesh inject a namespace: one patch of the Namespace, with the prior values to go back to.

Source: istio/istio mutatingwebhook.yaml of the istio-discovery chart: its selectors match the value `enabled` alone,
so any other silently turns injection off.
"""

from __future__ import annotations

from dataclasses import replace

from planner.bundle.ownership import owner
from planner.bundle.part import Part, left_out
from planner.bundle.patching import RESOURCES, before, key_changes, merge_bodies, patchable
from planner.bundle.work import Work
from planner.mesh.webhooks import INJECT, INJECTION, REVISION
from planner.model.bundle import Change, Patch, PatchType
from planner.model.fields import map_at
from planner.model.note import Note, NoteKind
from planner.model.plan import Unit
from planner.model.refs import Ref

_LABELS = ("metadata", "labels")


def wanted_labels(revision: str) -> dict[str, str | None]:
    """Give the labels that a namespace shall have; None takes a label away, since the two exclude each other."""
    if revision:
        return {INJECTION: None, REVISION: revision}
    return {INJECTION: "enabled", REVISION: None}


def pod_labels(revision: str) -> dict[str, str]:
    """Give the labels by which a single pod asks for a proxy while its namespace has none yet."""
    return {INJECT: "true", REVISION: revision} if revision else {INJECT: "true"}


def label(unit: Unit, work: Work) -> Part:
    """Label the namespace of a unit; the first of several waves takes away what forbids injection, the last labels."""
    if unit.last:
        why = f"Pods of {unit.namespace} that are created from now on get a proxy; those that run stay as they are."
        return _patch(unit.namespace, wanted_labels(work.facts.revision), why, work, taken_away=unit.wave > 1)
    if unit.wave > 1:
        return Part()
    labels = work.inventory.namespace_labels(unit.namespace) or {}
    in_the_way: dict[str, str | None] = {key: None for key in (INJECTION, REVISION) if key in labels}
    if not in_the_way:
        return Part()
    why = f"While {unit.namespace} has this label, the label of a single pod has no effect."
    return _patch(unit.namespace, in_the_way, why, work)


def _patch(namespace: str, wanted: dict[str, str | None], why: str, work: Work, *, taken_away: bool = False) -> Part:
    """Patch the labels; `taken_away` says that an earlier wave has removed the injection labels of today."""
    ref = Ref("", namespace, "Namespace")
    obj = work.inventory.get("Namespace", "", namespace)
    if obj is None:
        changes = tuple(replace(c, known=False) for c in key_changes({}, _LABELS, wanted)) + _removals(wanted)
    elif not patchable(obj.raw, _LABELS):
        return Part(notes=(left_out(ref, f"{ref} has labels that are no mapping, so it is not patched"),))
    else:
        labels = {key: v for key, v in map_at(obj.raw, *_LABELS).items() if key not in wanted or not taken_away}
        changes = key_changes({"metadata": {"labels": labels}}, _LABELS, wanted)
    if not changes:
        return Part()
    body, undo = merge_bodies(changes)
    known = owner(obj) if obj else None
    patch = Patch(
        ref=ref,
        resource=RESOURCES["Namespace"],
        api_version="v1",
        type=PatchType.MERGE,
        body=body,
        undo=undo,
        before=before(changes),
        why=why,
        warning=(known.warning or _by(known.operator)) if known else "",
        changes=changes,
    )
    return Part(patches=(patch,), notes=() if obj else (_unread(ref),))


def _removals(wanted: dict[str, str | None]) -> tuple[Change, ...]:
    """Take away the other label of a namespace that was not read: it may be there."""
    return tuple(Change((*_LABELS, key), None, None, known=False) for key, value in wanted.items() if value is None)


def _by(operator: str) -> str:
    return f"may be reverted by {operator}, which owns the namespace" if operator else ""


def _unread(ref: Ref) -> Note:
    return Note(
        NoteKind.GUESSED,
        f"{ref} was not read, so its labels of today are not known: undo removes the injection labels",
        subject=str(ref),
        hint="read the cluster, or add the Namespace to the sources",
    )
