"""A live cluster to raw objects: what is served, of that what is wanted, several kinds at a time.

What was refused, cut or left aside becomes a note; only what makes every answer impossible is an error.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from planner.model.fields import text_at
from planner.model.kinds import RESOURCES, Resource
from planner.model.note import Note, NoteKind
from planner.model.workloads import owner_of
from planner.sources.cluster.connection import Connection
from planner.sources.cluster.discovery import Served, discover
from planner.sources.cluster.faults import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, RequestError
from planner.sources.cluster.listing import Query, read_all
from planner.sources.prune import prune

Progress = Callable[[str, int, int], None]
EVERYTHING = "all"
"""Word of `--include` for every custom kind that is served."""

_AT_ONCE = 4
_MADE = frozenset({"Pod", "ReplicaSet", "Job", "ReplicationController"})
"""Kinds that a controller makes from a template that is read itself: seen by their metadata, which is half of them."""
_FEW = 50
"""As many objects that no controller made are read one by one; more of them in whole lists."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a cluster.

    Attributes:
        kinds: Kinds that some reader, rule or stage declares.
        include: Further kinds that the user wants, as `plural.group`, or `all` for every custom one.
        timeout: Seconds after which a request is given up.
    """

    kinds: frozenset[str]
    include: frozenset[str] = frozenset()
    timeout: float = 60.0


@dataclass(slots=True)
class Reading:
    """What a cluster gave.

    Attributes:
        objects: Pruned objects, by kind and in the order of the server.
        notes: What was refused, cut or left aside.
        version: Version of the server.
        listed: Kinds that were listed to the end, so that having none means that there are none.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    version: str = ""
    listed: tuple[str, ...] = ()


def read_cluster(connection: Connection, wanted: Wanted, progress: Progress) -> Reading:
    """Read what is wanted of a cluster.

    Args:
        connection: The cluster.
        wanted: Kinds to ask for.
        progress: Told the kinds and objects read so far.

    Raises:
        RequestError: The server cannot be reached, does not accept the credentials, or nothing could be listed.
    """
    reading = Reading(version=_version(connection))
    discovered = discover(connection)
    reading.notes.extend(discovered.notes)
    asked = [item for item in discovered.served if _is_wanted(item, wanted)]
    reading.notes.extend(_not_asked(discovered.served, asked))
    tellers = _Counter(progress, len(asked))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        kinds = list(pool.map(lambda item: _kind(connection, item, tellers), asked))
    if kinds and not any(kind.whole or kind.objects for kind in kinds):
        raise next(kind.fault for kind in kinds if kind.fault)
    for kind in kinds:
        reading.objects.extend(kind.objects)
        reading.notes.extend(kind.notes())
    whole = {kind.served.kind for kind in kinds if kind.whole}
    reading.listed = tuple(sorted((whole | _absent(discovered.served)) - {k.served.kind for k in kinds if not k.whole}))
    return reading


@dataclass(slots=True)
class _Kind:
    """One kind while it is read."""

    served: Served
    objects: list[dict[str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    bare: list[tuple[str, str]] = field(default_factory=list)
    fault: RequestError | None = None
    whole: bool = False

    def keep(self, raw: dict[str, Any]) -> None:
        """Take one object in, but for those that a controller made."""
        if not self.is_made(raw):
            prune(raw, None)
            self.objects.append(raw)

    def sight(self, raw: dict[str, Any]) -> None:
        """Look at the metadata of one object, and note its name where no controller made it."""
        if not self.is_made(raw):
            self.bare.append((text_at(raw, "metadata", "namespace"), text_at(raw, "metadata", "name")))

    def is_made(self, raw: dict[str, Any]) -> bool:
        """Whether a controller made an object; it is counted then."""
        owner = owner_of(raw) if self.served.kind in _MADE else None
        if owner:
            self.made[owner[0]] += 1
        return owner is not None

    def forget(self) -> None:
        """Drop what was read."""
        self.objects.clear()
        self.made.clear()
        self.bare.clear()

    def notes(self) -> list[Note]:
        """Say what is missing."""
        found = []
        if self.made:
            owners = ", ".join(sorted(self.made))
            message = f"left out: {self.made.total()} {self.served.kind}s that a controller made ({owners})"
            found.append(Note(NoteKind.SKIPPED, message, subject=self.served.kind))
        if self.fault and self.fault.status != NOT_FOUND:
            found.append(self._unread(self.fault))
        return found

    def _unread(self, fault: RequestError) -> Note:
        resource = _resource_of(self.served)
        what = f"{self.served.kind} ({resource.name})"
        lost = f"without it nobody knows {resource.tells}"
        if fault.status == FORBIDDEN:
            rule = f'{{apiGroups: ["{resource.group}"], resources: ["{resource.plural}"], verbs: ["list"]}}'
            return Note(
                NoteKind.UNREAD, f"{what} not read: forbidden; {lost}", subject=resource.name, hint=f"grant {rule}"
            )
        part = f"only {len(self.objects)} read" if self.objects else "not read"
        return Note(NoteKind.UNREAD, f"{what} {part}: {fault.message}; {lost}", subject=resource.name, hint=fault.hint)


class _Counter:
    """Adds up what all threads have read, for a person who watches."""

    def __init__(self, progress: Progress, kinds: int) -> None:
        self._progress, self._kinds = progress, kinds
        self._done, self._objects, self._pages, self._lock = 0, 0, 0, Lock()

    def finished(self, kind: _Kind, pages: int) -> None:
        """Count one kind."""
        with self._lock:
            self._done += 1
            self._objects += len(kind.objects) + kind.made.total()
            self._pages += pages
            what = f"reading the cluster: {self._objects} objects on {self._pages} pages, kinds"
            self._progress(what, self._done, self._kinds)


def _kind(connection: Connection, served: Served, counter: _Counter) -> _Kind:
    kind, pages = _Kind(served), 0
    try:
        pages = (
            _made(connection, kind) if served.kind in _MADE else read_all(connection, served, kind.keep, kind.forget)
        )
        kind.whole = True
    except RequestError as fault:
        kind.fault = fault
    counter.finished(kind, pages)
    return kind


def _all(connection: Connection, kind: _Kind) -> int:
    return read_all(connection, kind.served, kind.keep, kind.forget)


def _made(connection: Connection, kind: _Kind) -> int:
    """Read the objects that no controller made: most have one, so only the metadata of all is transferred."""
    served = kind.served
    pages = read_all(connection, served, kind.sight, kind.forget, Query(served.path, metadata=True))
    if len(kind.bare) > _FEW:
        kind.forget()
        return pages + _all(connection, kind)
    for namespace, name in kind.bare:
        query = Query(served.folder(namespace), f"metadata.name={name}")
        pages += read_all(connection, served, kind.keep, lambda: None, query)
    return pages


def _version(connection: Connection) -> str:
    """Read the version; a server that hides it from this account is read all the same."""
    try:
        return text_at(json.loads(connection.get("/version")), "gitVersion")
    except RequestError as fault:
        if fault.status in (0, UNAUTHORIZED):
            raise
    except ValueError:
        pass
    return ""


def _is_wanted(served: Served, wanted: Wanted) -> bool:
    name = f"{served.plural}.{served.group}" if served.group else served.plural
    known = (served.group, served.plural) in _KNOWN and served.kind in wanted.kinds
    custom = EVERYTHING in wanted.include and _is_custom(served)
    return known or custom or name in wanted.include


def _is_custom(served: Served) -> bool:
    return "." in served.group and not served.group.endswith(".k8s.io")


def _not_asked(served: tuple[Served, ...], asked: list[Served]) -> list[Note]:
    """Name the custom kinds that nobody asked for: a flow may stand in them."""
    left = sorted(
        {f"{item.plural}.{item.group}" for item in served if _is_custom(item)}
        - {f"{item.plural}.{item.group}" for item in asked}
    )
    if not left:
        return []
    named = ", ".join(left[:5]) + (f" and {len(left) - 5} more" if len(left) > 5 else "")
    message = f"{len(left)} custom kinds were not asked for: {named}; an address that only they hold is not known"
    return [
        Note(
            NoteKind.SKIPPED, message, hint="--include NAME reads one, --include all every one; needs the right to list"
        )
    ]


def _absent(served: tuple[Served, ...]) -> set[str]:
    """Kinds that the server does not have: of these there are none."""
    return {resource.kind for resource in RESOURCES} - {item.kind for item in served}


_KNOWN: Mapping[tuple[str, str], Resource] = {(item.group, item.plural): item for item in RESOURCES}


def _resource_of(served: Served) -> Resource:
    known = _KNOWN.get((served.group, served.plural))
    return known or Resource(served.group, served.plural, served.kind, "what it declares")
