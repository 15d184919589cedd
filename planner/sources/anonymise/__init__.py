"""A snapshot that may be shown to others: names, hosts and addresses replaced, everything else as it was.

Word by word and the same everywhere, so that the plan of what comes out is the plan of what went in, with other
names; see `texts` for what a word becomes, `addresses` for addresses, `pseudonyms` for the order.
"""

from __future__ import annotations

from dataclasses import replace

from planner.model.fields import maps_at, text_at
from planner.model.kinds import RESOURCES
from planner.model.note import Note
from planner.model.objects import LIVE, KubeObject, is_live
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.sources.anonymise import vocabulary
from planner.sources.anonymise.addresses import Addresses
from planner.sources.anonymise.objects import Objects
from planner.sources.anonymise.pseudonyms import Pseudonyms
from planner.sources.anonymise.texts import Texts

_PUBLIC = frozenset(resource.kind for resource in RESOURCES)


def anonymised(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which no name, host or address of the original is left.

    The same snapshot gives the same result; nobody who has only the result can go back.
    """
    pseudonyms, addresses, known = Pseudonyms(), Addresses(), _names(snapshot)
    _Pass(Texts(pseudonyms, addresses, known)).snapshot(snapshot)
    addresses.settle(pseudonyms.settle(lambda: addresses.noted))
    return _Pass(Texts(pseudonyms, addresses, known)).snapshot(snapshot)


def _names(snapshot: Snapshot) -> frozenset[str]:
    """Names of objects, namespaces and containers, which are names wherever they stand alone."""
    found = {name for obj in snapshot.objects for name in (obj.ref.name, obj.ref.namespace)}
    for obj in snapshot.objects:
        spec = obj.raw.get("spec")
        for path in (("containers",), ("template", "spec", "containers"), ("template", "spec", "initContainers")):
            found.update(text_at(item, "name") for _, item in maps_at(spec if isinstance(spec, dict) else {}, *path))
    return frozenset(found - vocabulary.section("names") - vocabulary.ANYWHERE - {""})


class _Pass:
    """One walk over a snapshot."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._objects = Objects(texts)

    def snapshot(self, told: Snapshot) -> Snapshot:
        objects = [self._object(obj) for obj in told.objects]
        return Snapshot(
            objects=tuple(sorted(objects, key=lambda obj: (obj.ref.kind, obj.ref))),
            notes=tuple(sorted({self._note(note) for note in told.notes})),
            sources=tuple(self._file(source) for source in told.sources),
            default_namespace=self._texts.name(told.default_namespace),
            istio_version=self._texts.text(told.istio_version),
            kubernetes_version=self._texts.text(told.kubernetes_version),
            listed=tuple(kind for kind in told.listed if kind in _PUBLIC),
            anonymised=True,
        )

    def _object(self, obj: KubeObject) -> KubeObject:
        raw, lines = self._objects.anonymised(obj.raw, obj.lines)
        kind = self._objects.kind(obj.ref.kind)
        ref = Ref(self._texts.name(obj.ref.namespace), self._objects.name(obj.ref.kind, obj.ref.name), kind)
        version = self._objects.version(obj.api_version)
        return KubeObject(ref, version, raw, self._file(obj.file), obj.document, lines, obj.assumed_namespace)

    def _note(self, note: Note) -> Note:
        subject = " ".join(
            self._objects.kind(part) if part[:1].isupper() else "/".join(map(self._texts.name, part.split("/")))
            for part in note.subject.split(" ")
        )
        message, hint = self._texts.note(note.message), self._texts.note(note.hint)
        return replace(note, message=message, file=self._file(note.file), subject=subject, hint=hint)

    def _file(self, path: str) -> str:
        """Anonymise the name of a file, each folder a name; that it is a cluster, or what kind of file, stays."""
        if is_live(path):
            return LIVE + self._texts.name(path.removeprefix(LIVE))
        return "/".join(self._file_part(part) for part in path.split("/"))

    def _file_part(self, part: str) -> str:
        stem, dot, end = part.rpartition(".")
        if dot and end in vocabulary.section("file-ends"):
            return f"{self._file_part(stem)}.{end}"
        return self._texts.name(part)
