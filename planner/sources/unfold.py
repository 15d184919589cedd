"""Parsed documents to single raw objects: lists are unfolded, what is no object becomes a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.model.note import Note, NoteKind
from planner.model.objects import Lines
from planner.sources.prune import prune
from planner.sources.yaml_documents import Document

_KUSTOMIZE = "name the folder that is applied (overlays/…) as SOURCE itself, then it is rendered"
_RECIPES = {
    "kustomization.yaml": _KUSTOMIZE,
    "kustomization.yml": _KUSTOMIZE,
    "Chart.yaml": "render it first and pass the result: helm template NAME FOLDER > rendered.yaml",
}
_TEMPLATE_MARKS = ("{{", "{%")


@dataclass(frozen=True, slots=True)
class RawObject:
    """A pruned object before it has its name."""

    raw: dict[str, Any]
    lines: Lines
    file: str
    document: int


class Unfolder:
    """Turns the documents of one file into raw objects, collecting notes."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._is_template = any(mark in text for mark in _TEMPLATE_MARKS)
        self.notes: list[Note] = []

    def objects(self, document: Document) -> Iterator[RawObject]:
        """Yield the objects of a document; what is none is noted."""
        if document.fault:
            self._note_fault(document)
            return
        for line, key in document.repeated:
            message = f"the key {key!r} stands twice in one mapping; the later one was taken"
            self.notes.append(Note(NoteKind.GUESSED, message, self._file, document.number, line))
        if not self._is_recipe(document):
            yield from self._unfold(document.value, document.lines, document)

    def _is_recipe(self, document: Document) -> bool:
        """Whether a file says how to make manifests, so that those beside it are not what will be applied."""
        name = self._file.rpartition("/")[2]
        if name not in _RECIPES:
            return False
        message = f"{name} was not rendered: names, namespaces and labels may differ from what is applied"
        self.notes.append(
            Note(NoteKind.UNREAD, message, self._file, document.number, document.line, hint=_RECIPES[name])
        )
        return True

    def _unfold(
        self, value: Any, lines: Lines, document: Document, kind: str = "", version: str = ""
    ) -> Iterator[RawObject]:
        if value is None:
            return
        if not isinstance(value, dict):
            self._skip(document, lines, "not a mapping, so not a Kubernetes object")
            return
        if kind:
            value.setdefault("kind", kind)
            value.setdefault("apiVersion", version)
        own = value.get("kind")
        if not isinstance(own, str) or not own:
            self._skip(document, lines, "has no `kind`, so it is not a Kubernetes object")
        elif own.endswith("List") and isinstance(value.get("items"), list):
            yield from self._items(value, lines, document)
        elif not isinstance(value.get("apiVersion"), str):
            self._skip(document, lines, f"a {own} without `apiVersion` is not a Kubernetes object")
        elif not _has_name(value):
            self._unread(document, lines, f"a {own} without `metadata.name`")
        else:
            prune(value, lines)
            yield RawObject(value, lines, self._file, document.number)

    def _items(self, value: dict[str, Any], lines: Lines, document: Document) -> Iterator[RawObject]:
        kind = str(value["kind"])[: -len("List")]
        version = value.get("apiVersion")
        rows = lines.get("items") if isinstance(lines, dict) else None
        for index, item in enumerate(value["items"]):
            where = rows[index + 1] if isinstance(rows, list) and index + 1 < len(rows) else None
            yield from self._unfold(item, where, document, kind, version if isinstance(version, str) else "v1")

    def _note_fault(self, document: Document) -> None:
        hint = "check the indentation and quotes around that line"
        if self._is_template:
            hint = "this looks like a template; render it first (helm template, kubectl kustomize) and pass the result"
        message = f"document not read: {document.fault}"
        self.notes.append(
            Note(NoteKind.UNREAD, message, self._file, document.number, document.fault_line or document.line, hint=hint)
        )

    def _unread(self, document: Document, lines: Lines, what: str) -> None:
        self.notes.append(
            Note(NoteKind.UNREAD, f"not read: {what}", self._file, document.number, _line(document, lines))
        )

    def _skip(self, document: Document, lines: Lines, why: str) -> None:
        self.notes.append(
            Note(NoteKind.SKIPPED, f"left out: {why}", self._file, document.number, _line(document, lines))
        )


def _has_name(value: dict[str, Any]) -> bool:
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        return False
    names = (metadata.get("name"), metadata.get("generateName"))
    return any(isinstance(name, str) and name for name in names)


def _line(document: Document, lines: Lines) -> int:
    if isinstance(lines, dict):
        lines = lines.get("")
    elif isinstance(lines, list):
        lines = lines[0] if lines else 0
    return abs(lines) if isinstance(lines, int) and lines else document.line
