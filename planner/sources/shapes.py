"""Fields whose type the API server would refuse; meshplan treats them as absent and says so."""

from __future__ import annotations

from collections.abc import Iterator

from planner.model.fields import Path, dig, render_path
from planner.model.note import Note, NoteKind
from planner.model.objects import KubeObject

_LISTS: dict[str, tuple[Path, ...]] = {
    "Service": (("spec", "ports"),),
    "Ingress": (("spec", "rules"), ("spec", "tls")),
}
_TEMPLATES: tuple[Path, ...] = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
_TEXT_MAPS: tuple[Path, ...] = (("metadata", "labels"), ("metadata", "annotations"))
_NAMES = {dict: "a mapping", list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}


def problems(obj: KubeObject) -> Iterator[Note]:
    """Yield a note for every field of an object that meshplan reads and that has a wrong type."""
    for path in _LISTS.get(obj.ref.kind, ()):
        yield from _expect(obj, path, list)
    if obj.ref.kind == "Service":
        yield from _expect_text_map(obj, ("spec", "selector"))
    for template in _TEMPLATES:
        if isinstance(dig(obj.raw, *template, "spec"), dict):
            yield from _expect(obj, (*template, "spec", "containers"), list)
            yield from _expect(obj, (*template, "spec", "initContainers"), list)
            for path in _TEXT_MAPS:
                yield from _expect_text_map(obj, (*template, *path))
    for path in _TEXT_MAPS:
        yield from _expect_text_map(obj, path)
    if obj.ref.kind == "ConfigMap":
        yield from _expect_text_map(obj, ("data",))


def _expect(obj: KubeObject, path: Path, wanted: type) -> Iterator[Note]:
    value = dig(obj.raw, *path)
    if value is not None and not isinstance(value, wanted):
        yield _note(obj, path, value, _NAMES[wanted])


def _expect_text_map(obj: KubeObject, path: Path) -> Iterator[Note]:
    value = dig(obj.raw, *path)
    if value is None:
        return
    if not isinstance(value, dict):
        yield _note(obj, path, value, _NAMES[dict])
        return
    for key, item in value.items():
        if not isinstance(item, str) and item is not None:
            yield _note(obj, (*path, str(key)), item, _NAMES[str] + " (quote it)")


def _note(obj: KubeObject, path: Path, value: object, wanted: str) -> Note:
    seen = _NAMES.get(type(value), type(value).__name__)
    message = f"`{render_path(path)}` is {seen} where {wanted} belongs; treated as absent"
    return Note(NoteKind.SKIPPED, message, obj.file, obj.document, obj.line_of(path), str(obj.ref))
