"""A folder with a kustomization as a source: rendered by kustomize, else its resources as they stand.

Sources: kubectl.docs.kubernetes.io/references/kustomize (fields of a Kustomization, and that `kubectl kustomize` and
`kustomize build` do the same).
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from planner.model.fields import list_at
from planner.model.note import Note, NoteKind
from planner.sources import files

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
PREFIX = "kustomize:"
"""Stands before a folder as the file of what was rendered; its lines are those of kustomize's output."""
_LISTS = ("resources", "bases", "components")
_HARMLESS = frozenset(("apiVersion", "kind", "metadata", "sortOptions", "buildMetadata", "crds", "openapi", *_LISTS))
_TOOLS = (("kustomize", "build"), ("kubectl", "kustomize"))
_PATIENCE = 120
_HINT = "install kustomize or kubectl, or render it elsewhere: kubectl kustomize FOLDER > rendered.yaml"


def is_one(source: str) -> bool:
    """Whether a source is a folder that itself holds a kustomization."""
    return _kustomization(Path(source)) is not None


def _kustomization(folder: Path) -> Path | None:
    return next((folder / name for name in FILES if (folder / name).is_file()), None)


def rendered(folder: str) -> str | Note:
    """Let kustomize render a folder.

    Returns:
        The manifests as text, or a note that says why there are none.
    """
    tool = next((tool for tool in _TOOLS if shutil.which(tool[0])), None)
    place = str(_kustomization(Path(folder)))
    if tool is None:
        return Note(NoteKind.UNREAD, "neither kustomize nor kubectl is installed, so this was not rendered", place)
    try:
        done = subprocess.run((*tool, folder), capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        told = f"gave no answer within {_PATIENCE} s" if isinstance(error, subprocess.TimeoutExpired) else str(error)
        return Note(NoteKind.UNREAD, f"not rendered: {tool[0]} {told}", place)
    if done.returncode:
        lines = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        return Note(NoteKind.UNREAD, f"not rendered: {lines[-1][:400] if lines else tool[0] + ' failed'}", place)
    return done.stdout.decode("utf-8", errors="replace")


@dataclass(slots=True)
class Unrendered:
    """What a kustomization lists, as it stands.

    Attributes:
        paths: Files to read, in the order they are listed.
        notes: What was not carried out.
    """

    paths: list[Path] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def as_it_stands(folder: str) -> Unrendered:
    """Follow the resources of a kustomization without rendering; what it would change is named in a note."""
    found = Unrendered()
    _follow(Path(folder), found, frozenset())
    found.paths = list(dict.fromkeys(found.paths))
    return found


def _follow(folder: Path, found: Unrendered, above: frozenset[Path]) -> None:
    file = _kustomization(folder)
    if file is None or folder.resolve() in above:
        return
    document = _document(file, found)
    left = sorted(key for key, value in document.items() if key not in _HARMLESS and value)
    if left:
        message = f"read as it stands; not carried out: {', '.join(left)}"
        found.notes.append(Note(NoteKind.UNREAD, message, file.as_posix(), hint=_HINT))
    for entry in _entries(document):
        path = folder / entry
        if path.is_dir():
            _follow(path, found, above | {folder.resolve()})
        elif path.is_file():
            found.paths.append(path)
        else:
            what = "another repository" if "://" in entry or "?ref=" in entry or "//" in entry else "no such file"
            found.notes.append(Note(NoteKind.UNREAD, f"not read: {entry} ({what})", file.as_posix(), hint=_HINT))


def _document(file: Path, found: Unrendered) -> dict[str, Any]:
    try:
        value = yaml.safe_load(files.text_of(file))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        value = None
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    found.notes.append(Note(NoteKind.UNREAD, "not read: this is no kustomization", file.as_posix()))
    return {}


def _entries(document: dict[str, Any]) -> Iterator[str]:
    for name in _LISTS:
        yield from (entry for entry in list_at(document, name) if isinstance(entry, str))
