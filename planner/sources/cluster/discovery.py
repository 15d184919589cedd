"""Which kinds a server has, and under which path each is listed.

The aggregated form (two requests) is asked for; an older server answers with the list of groups, and is then
asked group by group. A group whose own server does not answer becomes a note.

Source: kubernetes.io docs/concepts/overview/kubernetes-api (aggregated discovery);
kubernetes/api apidiscovery/v2/types.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from planner.model.fields import list_at, map_at, maps_at, text_at
from planner.model.note import Note, NoteKind
from planner.sources.cluster.connection import JSON, Connection
from planner.sources.cluster.faults import UNAUTHORIZED, RequestError

_AGGREGATED = f"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,{JSON}"


@dataclass(frozen=True, slots=True, order=True)
class Served:
    """One kind that a server lists.

    Attributes:
        group: API group, empty for the core group.
        version: Version that the server prefers.
        plural: Name in the path.
        kind: Name in a manifest.
        namespaced: Whether its objects live in namespaces.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        """As an object writes it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def path(self) -> str:
        """Path that lists all objects of the kind."""
        return f"{root_of(self.api_version)}/{self.plural}"

    def folder(self, namespace: str) -> str:
        """Path under which objects of one namespace are created, and each has its own."""
        where = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced else ""
        return f"{root_of(self.api_version)}{where}/{self.plural}"


@dataclass(slots=True)
class Discovered:
    """What a server has.

    Attributes:
        served: Each kind once, in the version that the server prefers.
        notes: Groups that could not be asked.
    """

    served: tuple[Served, ...] = ()
    notes: list[Note] = field(default_factory=list)


def discover(connection: Connection) -> Discovered:
    """Ask which kinds can be listed.

    Raises:
        RequestError: The server cannot be reached or does not accept the credentials.
    """
    found = Discovered()
    once: dict[tuple[str, str], Served] = {}
    for root in ("/api", "/apis"):
        answer = _json(connection, root, _AGGREGATED)
        aggregated = text_at(answer, "kind") == "APIGroupDiscoveryList"
        kinds = _aggregated(answer, found.notes) if aggregated else _by_group(connection, root, answer, found.notes)
        for served in kinds:
            once.setdefault((served.group, served.plural), served)
    found.served = tuple(sorted(once.values()))
    return found


def _json(connection: Connection, path: str, accept: str = JSON) -> Mapping[str, Any]:
    try:
        value = json.loads(connection.get(path, accept=accept))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        what = f"{connection.server}{path} does not answer like a Kubernetes API server"
        raise RequestError(what, "check the server of this context", "cluster")
    return value


def _aggregated(answer: Mapping[str, Any], notes: list[Note]) -> Iterator[Served]:
    for _, item in maps_at(answer, "items"):
        group = text_at(item, "metadata", "name")
        for _, version in maps_at(item, "versions"):
            if text_at(version, "freshness") == "Stale":
                notes.append(_silent(group, "its own server does not answer"))
            for _, resource in maps_at(version, "resources"):
                if "list" in list_at(resource, "verbs"):
                    kind = text_at(resource, "responseKind", "kind")
                    namespaced = text_at(resource, "scope") == "Namespaced"
                    yield Served(group, text_at(version, "version"), text_at(resource, "resource"), kind, namespaced)


def _by_group(connection: Connection, root: str, answer: Mapping[str, Any], notes: list[Note]) -> Iterator[Served]:
    for group, version in _versions(root, answer):
        try:
            listed = kinds_of(connection, f"{group}/{version}" if group else version)
        except RequestError as fault:
            if fault.status in (0, UNAUTHORIZED):
                raise
            notes.append(_silent(group, fault.message))
            continue
        yield from (served for served, verbs in listed if "list" in verbs)


def kinds_of(connection: Connection, api_version: str) -> tuple[tuple[Served, Sequence[Any]], ...]:
    """Ask which kinds one group has in one version, each with the verbs that it knows; no subresources.

    Raises:
        RequestError: It has no such version, or cannot be asked.
    """
    group, _, version = api_version.rpartition("/")
    items = [item for _, item in maps_at(_json(connection, root_of(api_version)), "resources")]
    return tuple(
        (
            Served(group, version, text_at(item, "name"), text_at(item, "kind"), item.get("namespaced") is True),
            list_at(item, "verbs"),
        )
        for item in items
        if "/" not in text_at(item, "name")
    )


def root_of(api_version: str) -> str:
    """Give the path below which all kinds of a group and version lie."""
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _versions(root: str, answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the versions of each group, the preferred one first."""
    if root == "/api":
        yield from (("", str(version)) for version in list_at(answer, "versions"))
    for _, group in maps_at(answer, "groups"):
        first = text_at(map_at(group, "preferredVersion"), "version")
        every = [text_at(version, "version") for _, version in maps_at(group, "versions")]
        yield from ((text_at(group, "name"), version) for version in dict.fromkeys([first, *every]))


def _silent(group: str, why: str) -> Note:
    message = f"the kinds of {group} are not known: {why}"
    return Note(NoteKind.UNREAD, message, subject=group, hint="kubectl get apiservices shows which are not Available")
