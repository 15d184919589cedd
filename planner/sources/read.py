"""Sources as the user names them, laid over each other, to one snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import InputError, UsageError
from planner.model.fields import text_at
from planner.model.note import Note, NoteKind
from planner.model.objects import LIVE, KubeObject, is_live
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.sources import files, json_documents, kustomize, overlay, saved, shapes, yaml_documents
from planner.sources.cluster.kubeconfig import connect
from planner.sources.cluster.read import Wanted, read_cluster
from planner.sources.scope import Scopes
from planner.sources.secrets import hide_credentials
from planner.sources.unfold import RawObject, Unfolder
from planner.sources.yaml_documents import Document

Progress = Callable[[str, int, int], None]
"""Told (what is being done, done so far, of how many)."""


def _silent(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


@dataclass
class _Reading:
    """What one source gave so far."""

    raws: list[RawObject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    snapshot: Snapshot | None = None
    version: str = ""
    listed: tuple[str, ...] = ()
    place: str = ""


def read(
    sources: Sequence[str],
    default_namespace: str = "default",
    progress: Progress = _silent,
    wanted: Wanted | None = None,
) -> Snapshot:
    """Read every source and lay the later over the earlier.

    Args:
        sources: Folders, files, `-`, saved snapshots, `cluster` or `cluster:CONTEXT`.
        default_namespace: Namespace of objects that name none.
        progress: Told how far reading is.
        wanted: What is asked of a live cluster.

    Raises:
        UsageError: No source, or a context that does not exist.
        InputError: A source does not exist, or nothing in it could be read.
        ClusterError: A cluster cannot be reached or refuses.
    """
    if not sources:
        raise UsageError(
            "no SOURCE given", "try: meshplan plan ./manifests -d out, or -h for the forms of SOURCE", "source"
        )
    objects: dict[Ref, list[KubeObject]] = {}
    notes: list[Note] = []
    readings = [_read_source(source, progress, wanted or Wanted(frozenset())) for source in sources]
    for source, reading in zip(sources, readings, strict=True):
        layer = _layer(reading, default_namespace)
        notes.extend(reading.notes)
        objects = overlay.laid_over(objects, layer, source, notes) if objects else layer
    if not objects:
        raise _nothing(sources, notes)
    told = next((reading.snapshot for reading in reversed(readings) if reading.snapshot), None)
    alone = told if len(sources) == 1 else None
    return Snapshot(
        objects=tuple(obj for ref in sorted(objects, key=lambda r: (r.kind, r)) for obj in objects[ref]),
        notes=tuple(sorted(set(notes))),
        sources=alone.sources if alone else tuple(r.place or s for s, r in zip(sources, readings, strict=True)),
        default_namespace=alone.default_namespace if alone else default_namespace,
        istio_version=told.istio_version if told else "",
        kubernetes_version=next((r.version for r in reversed(readings) if r.version), ""),
        anonymised=alone is not None and alone.anonymised,
        listed=next((r.listed for r in reversed(readings) if r.listed), ()),
    )


def _layer(reading: _Reading, namespace: str) -> dict[Ref, list[KubeObject]]:
    """Name the objects of one source and settle those that stand in it several times."""
    named = _name(reading.raws, namespace)
    if reading.snapshot:
        named = [*reading.snapshot.objects, *named]
        reading.notes.extend(reading.snapshot.notes)
        reading.version, reading.listed = reading.snapshot.kubernetes_version, reading.snapshot.listed
    else:
        reading.notes.extend(note for obj in named for note in shapes.problems(obj))
    grouped: dict[Ref, list[KubeObject]] = {}
    for obj in named:
        grouped.setdefault(obj.ref, []).append(obj)
    for ref, same in grouped.items():
        if len(same) > 1:
            grouped[ref] = _settle(same, reading.notes)
    return grouped


def _settle(same: list[KubeObject], notes: list[Note]) -> list[KubeObject]:
    """Order the readings of one object by content, fullest first, so that file names decide nothing."""
    texts = {id(obj): json.dumps(obj.raw, sort_keys=True, default=str) for obj in same}
    ordered = sorted(same, key=lambda obj: (-len(texts[id(obj)]), texts[id(obj)]))
    if len(set(texts.values())) > 1:
        first, *others = ordered
        places = ", ".join(sorted(f"{o.file}:{o.line_of()}" for o in others))
        message = f"declared {len(same)} times, differently (also {places}); the fullest is patched, all are searched"
        notes.append(Note(NoteKind.GUESSED, message, first.file, first.document, first.line_of(), str(first.ref)))
    return ordered


def _read_source(source: str, progress: Progress, wanted: Wanted) -> _Reading:
    reading = _Reading()
    if source == "cluster" or is_live(source):
        return _read_cluster(source.removeprefix("cluster").removeprefix(":"), progress, wanted)
    if source == "-":
        _read_text(files.standard_input(), "-", reading)
        return reading
    if kustomize.is_one(source):
        return _read_kustomization(source, progress)
    _read_files(files.find(source), source, progress, reading)
    return reading


def _read_kustomization(folder: str, progress: Progress) -> _Reading:
    reading = _Reading()
    progress(f"rendering {folder}", 0, 1)
    text = kustomize.rendered(folder)
    if isinstance(text, str):
        _read_text(text, f"{kustomize.PREFIX}{folder}", reading)
        return reading
    unrendered = kustomize.as_it_stands(folder)
    reading.notes.extend((text, *unrendered.notes))
    _read_files(unrendered.paths, folder, progress, reading)
    return reading


def _read_files(paths: Sequence[Path], source: str, progress: Progress, reading: _Reading) -> None:
    for done, path in enumerate(paths):
        progress(f"reading {source}", done, len(paths))
        try:
            _read_text(files.text_of(path), path.as_posix(), reading)
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 or UTF-16 text"
            reading.notes.append(Note(NoteKind.UNREAD, f"file not read: {reason}", path.as_posix()))
    progress(f"reading {source}", len(paths), len(paths))


def _read_cluster(context: str, progress: Progress, wanted: Wanted) -> _Reading:
    connection = connect(context, wanted.timeout)
    with connection:
        found = read_cluster(connection, wanted, progress)
    place = f"{LIVE}{connection.context}"
    raws = [RawObject(raw, None, place, 0) for raw in found.objects]
    return _Reading(raws, found.notes, version=found.version, listed=found.listed, place=place)


def _read_text(text: str, file: str, reading: _Reading) -> None:
    text = hide_credentials(text)
    unfolder = Unfolder(file, text)
    for document in _documents(text, file):
        if saved.is_saved(document.value):
            reading.snapshot = saved.load(document.value, file)
        else:
            reading.raws.extend(unfolder.objects(document))
    reading.notes.extend(unfolder.notes)


def _documents(text: str, file: str) -> Iterable[Document]:
    """Parse as JSON what is JSON; YAML may begin with a brace too (a flow mapping, a template)."""
    if text.lstrip()[:1] in ("{", "["):
        found = tuple(json_documents.documents(text))
        if file.endswith(".json") or not any(document.fault for document in found):
            return found
    return yaml_documents.documents(text)


def _name(raws: Iterable[RawObject], default_namespace: str) -> list[KubeObject]:
    raws = list(raws)
    scopes = Scopes(item.raw for item in raws)
    return [_named(item, scopes, default_namespace) for item in raws]


def _named(item: RawObject, scopes: Scopes, default_namespace: str) -> KubeObject:
    raw = item.raw
    kind, version = text_at(raw, "kind"), text_at(raw, "apiVersion")
    name = text_at(raw, "metadata", "name") or text_at(raw, "metadata", "generateName") + "*"
    given = text_at(raw, "metadata", "namespace")
    cluster_scoped = scopes.is_cluster_scoped(version.rpartition("/")[0], kind)
    namespace = "" if cluster_scoped else given or default_namespace
    assumed = not cluster_scoped and not given
    return KubeObject(Ref(namespace, name, kind), version, raw, item.file, item.document, item.lines, assumed)


def _nothing(sources: Sequence[str], notes: Sequence[Note]) -> InputError:
    where = ", ".join(sources)
    lost = next((note for note in notes if note.kind is NoteKind.UNREAD), None)
    if lost:
        return InputError(f"{where}: nothing could be read; {lost.place}: {lost.message}", lost.hint, "source")
    return InputError(
        f"{where}: holds no Kubernetes object",
        f"meshplan reads {', '.join(files.SUFFIXES)} files with apiVersion and kind",
        "source",
    )
