"""Proposed files laid over what is there, and the difference told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.model.fields import Path, render_path
from planner.model.note import Note, NoteKind
from planner.model.objects import KubeObject, is_live
from planner.model.refs import Ref

Layer = dict[Ref, list[KubeObject]]

_REPLACED: frozenset[Path] = frozenset({("data",), ("spec", "selector"), ("spec", "template", "metadata", "labels")})
"""Mappings that belong to their manifest alone, so that a key it no longer names is gone."""
_NAMED = 8


def laid_over(below: Layer, above: Layer, source: str, notes: list[Note]) -> Layer:
    """Lay a later source over the earlier ones.

    An object of a file takes the place of one of another file. Over a live object it is laid as `kubectl apply`
    would: what the server or others have set, and the file does not name, stays.

    Args:
        below: Objects so far.
        above: Objects of the later source.
        source: Name of the later source, for the note.
        notes: Gets one that tells what the later source adds and changes.
    """
    added, changed = [], []
    result = dict(below)
    for ref in sorted(above):
        new = above[ref]
        old = below.get(ref)
        if old is None:
            added.append(str(ref))
        else:
            new = [_over(old[0], item) for item in new]
            places = [render_path(path) for path in _differences(old[0].raw, new[0].raw)]
            changed.extend([f"{ref} ({', '.join(places[:3])}{', …' if len(places) > 3 else ''})"] if places else [])
        result[ref] = new
    notes.append(_told(source, len(above), added, changed))
    return result


def _over(old: KubeObject, new: KubeObject) -> KubeObject:
    return replace(new, raw=_merged(old.raw, new.raw, ())) if is_live(old.file) else new


def _merged(old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> dict[str, Any]:
    result = dict(old)
    for key, value in new.items():
        here, before = (*path, key), old.get(key)
        both = isinstance(value, Mapping) and isinstance(before, Mapping) and here not in _REPLACED
        result[key] = _merged(before, value, here) if both and isinstance(before, Mapping) else value
    return result


def _differences(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where two objects differ, as deep as both are mappings."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        if old != new:
            yield path
        return
    for key in sorted({*old, *new}, key=str):
        yield from _differences(old.get(key), new.get(key), (*path, str(key)))


def _told(source: str, total: int, added: list[str], changed: list[str]) -> Note:
    parts = [f"adds {len(added)}", f"changes {len(changed)}", f"leaves {total - len(added) - len(changed)} as they are"]
    message = f"{source} is laid over and taken for applied: it {', '.join(parts)}"
    for word, names in (("new", added), ("changed", changed)):
        if names:
            message += f"; {word}: {', '.join(names[:_NAMED])}" + (", …" if len(names) > _NAMED else "")
    return Note(NoteKind.GUESSED, message, source, hint="apply it before the first phase, or the plan does not fit")
