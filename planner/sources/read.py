"""Sources as the user names them, laid over each other, to one snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from planner.errors import InputError, UsageError
from planner.model.fields import text_at
from planner.model.note import Note, NoteKind
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.sources import files, json_documents, saved, shapes, yaml_documents
from planner.sources.prune import hide_credentials
from planner.sources.scope import Scopes
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


def read(sources: Sequence[str], default_namespace: str = "default", progress: Progress = _silent) -> Snapshot:
    """Read every source and lay the later over the earlier.

    Args:
        sources: Folders, files, `-`, saved snapshots.
        default_namespace: Namespace of objects that name none.
        progress: Told how far reading is.

    Raises:
        UsageError: No source, or one that this version cannot read.
        InputError: A source does not exist, or nothing in it could be read.
    """
    if not sources:
        raise UsageError(
            "no SOURCE given", "try: meshplan plan ./manifests -d out, or -h for the forms of SOURCE", "source"
        )
    objects: dict[Ref, list[KubeObject]] = {}
    notes: list[Note] = []
    told: Snapshot | None = None
    for source in sources:
        layer, layer_notes, saved_one = _layer(source, default_namespace, progress)
        told = saved_one or told
        notes.extend(layer_notes)
        objects.update(layer)
    if not objects:
        raise _nothing(sources, notes)
    return Snapshot(
        objects=tuple(obj for ref in sorted(objects, key=lambda r: (r.kind, r)) for obj in objects[ref]),
        notes=tuple(sorted(set(notes))),
        sources=told.sources if told and len(sources) == 1 else tuple(sources),
        default_namespace=told.default_namespace if told and len(sources) == 1 else default_namespace,
        istio_version=told.istio_version if told else "",
        kubernetes_version=told.kubernetes_version if told else "",
    )


def _layer(
    source: str, namespace: str, progress: Progress
) -> tuple[dict[Ref, list[KubeObject]], list[Note], Snapshot | None]:
    reading = _read_source(source, progress)
    named = _name(reading.raws, namespace)
    if reading.snapshot:
        named = [*reading.snapshot.objects, *named]
        reading.notes.extend(reading.snapshot.notes)
    grouped: dict[Ref, list[KubeObject]] = {}
    for obj in named:
        grouped.setdefault(obj.ref, []).append(obj)
    for ref, same in grouped.items():
        if len(same) > 1:
            grouped[ref] = _settle(same, reading.notes)
    if not reading.snapshot:
        reading.notes.extend(note for obj in named for note in shapes.problems(obj))
    return grouped, reading.notes, reading.snapshot


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


def _read_source(source: str, progress: Progress) -> _Reading:
    reading = _Reading()
    if source == "cluster" or source.startswith("cluster:"):
        raise UsageError(
            "reading a live cluster is not part of this version",
            "export it: kubectl get ns,svc,deploy,sts,ds,job,cronjob,ing,cm,netpol,ep,sa -A -o json > cluster.json",
            "source",
        )
    if source == "-":
        _read_text(files.standard_input(), "-", reading)
        return reading
    paths = files.find(source)
    for done, path in enumerate(paths):
        progress(f"reading {source}", done, len(paths))
        try:
            _read_text(files.text_of(path), path.as_posix(), reading)
        except (OSError, UnicodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 or UTF-16 text"
            reading.notes.append(Note(NoteKind.UNREAD, f"file not read: {reason}", path.as_posix()))
    progress(f"reading {source}", len(paths), len(paths))
    return reading


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
