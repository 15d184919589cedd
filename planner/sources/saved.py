"""Snapshots as JSON: written by `meshplan scan`, read back to identical results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from planner.errors import InputError
from planner.model.fields import int_at, list_at, map_at, maps_at, text_at
from planner.model.note import Note, NoteKind
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.snapshot import SCHEMA_VERSION, Snapshot
from planner.sources.prune import prune

API_VERSION, KIND = "meshplan.io/v1", "Snapshot"


def is_saved(value: Any) -> bool:
    """Whether a parsed document is a saved snapshot."""
    return isinstance(value, Mapping) and value.get("apiVersion") == API_VERSION and value.get("kind") == KIND


def dump(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON text, one object a line so that two snapshots can be compared."""
    head = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "schema": SCHEMA_VERSION,
        **({"anonymised": True} if snapshot.anonymised else {}),
        "sources": list(snapshot.sources),
        "defaultNamespace": snapshot.default_namespace,
        "istioVersion": snapshot.istio_version,
        "kubernetesVersion": snapshot.kubernetes_version,
        "listed": list(snapshot.listed),
        "notes": [asdict(note) for note in snapshot.notes],
    }
    rows = ",\n".join(_line(_object(obj)) for obj in snapshot.objects)
    return _line(head)[:-1] + ',"objects":[\n' + rows + "\n]}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _object(obj: KubeObject) -> dict[str, Any]:
    return {
        "namespace": obj.ref.namespace,
        "name": obj.ref.name,
        "file": obj.file,
        "document": obj.document,
        "assumedNamespace": obj.assumed_namespace,
        "lines": obj.lines,
        "object": obj.raw,
    }


def load(value: Mapping[str, Any], file: str) -> Snapshot:
    """Build a snapshot from its saved form; every object is pruned as if it were read for the first time.

    Args:
        value: The parsed document.
        file: Where it was read, for the message.

    Raises:
        InputError: It was written by a newer meshplan.
    """
    schema = int_at(value, "schema")
    if schema is None or schema > SCHEMA_VERSION:
        raise InputError(
            f"{file}: snapshot of schema {schema}, this meshplan reads up to {SCHEMA_VERSION}",
            "use the meshplan that wrote it, or scan again",
            "snapshot",
        )
    return Snapshot(
        objects=tuple(_load_object(item) for _, item in maps_at(value, "objects")),
        notes=tuple(_load_note(item) for _, item in maps_at(value, "notes")),
        sources=tuple(str(source) for source in list_at(value, "sources")),
        default_namespace=text_at(value, "defaultNamespace") or "default",
        istio_version=text_at(value, "istioVersion"),
        kubernetes_version=text_at(value, "kubernetesVersion"),
        anonymised=value.get("anonymised") is True,
        listed=tuple(str(kind) for kind in list_at(value, "listed")),
    )


def _load_object(item: Mapping[str, Any]) -> KubeObject:
    raw, lines = map_at(item, "object"), item.get("lines")
    if isinstance(raw, dict):  # edited by hand, or written before a secret of this form was known
        prune(raw, lines)
    return KubeObject(
        ref=Ref(text_at(item, "namespace"), text_at(item, "name"), text_at(raw, "kind")),
        api_version=text_at(raw, "apiVersion"),
        raw=raw,
        file=text_at(item, "file"),
        document=int_at(item, "document") or 0,
        lines=lines,
        assumed_namespace=item.get("assumedNamespace") is True,
    )


def _load_note(item: Mapping[str, Any]) -> Note:
    return Note(
        kind=NoteKind(text_at(item, "kind")),
        message=text_at(item, "message"),
        file=text_at(item, "file"),
        document=int_at(item, "document") or 0,
        line=int_at(item, "line") or 0,
        subject=text_at(item, "subject"),
        hint=text_at(item, "hint"),
    )
