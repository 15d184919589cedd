"""A small client of the API server for the tests themselves, independent of the one that meshplan uses."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.cluster.certificates import Pair

MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """The server refused a request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Key(NamedTuple):
    """Name of an object: its group, kind, namespace (empty where cluster-scoped) and name."""

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that the server can list."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool

    @property
    def path(self) -> str:
        """The path of all its objects."""
        return f"{'/api/' if not self.group else f'/apis/{self.group}/'}{self.version}/{self.plural}"

    def path_of(self, namespace: str, name: str = "") -> str:
        """The path of one object, or of a namespace's objects."""
        head = self.path.removesuffix(self.plural)
        where = f"namespaces/{namespace}/" if self.namespaced else ""
        return f"{head}{where}{self.plural}{f'/{name}' if name else ''}"


class Api:
    """One connection, for one thread."""

    def __init__(self, port: int, authority: Path, client: Pair) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(client.certificate, client.key)
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """Send a request, again while the server asks to (a new definition's storage starts), and return the answer.

        Raises:
            ApiError: The server refused it.
            OSError: The server could not be reached.
        """
        text = None if body is None else json.dumps(body)
        for _ in range(100):
            status, data = self._send(method, path, text, kind)
            if status != 429:
                break
            time.sleep(0.1)
        if status >= 400:
            raise ApiError(status, data.decode(errors="replace"))
        return json.loads(data) if data[:1] in (b"{", b"[") else data.decode()

    def _send(self, method: str, path: str, text: str | None, kind: str) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, text, {"Content-Type": kind} if text else {})
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def resources(self) -> tuple[Resource, ...]:
        """List what the server can list, each kind in the version that it prefers."""
        groups = [("", "v1", "/api/v1")]
        for group in self.request("GET", "/apis")["groups"]:
            version = group["preferredVersion"]["version"]
            groups.append((group["name"], version, f"/apis/{group['name']}/{version}"))
        found = (
            Resource(group, version, item["name"], item["kind"], item["namespaced"])
            for group, version, path in groups
            for item in self._served(path)
            if "list" in item["verbs"] and "/" not in item["name"]
        )
        return tuple(found)

    def _served(self, path: str) -> list[dict[str, Any]]:
        """Ask for the resources of a version; one that was defined a moment ago is listed before it is served."""
        for attempt in range(50):
            try:
                listed: list[dict[str, Any]] = self.request("GET", path)["resources"]
                return listed
            except ApiError as error:
                if error.status not in (404, 503) or attempt == 49:
                    raise
            time.sleep(0.1)
        raise AssertionError

    def objects(self) -> Iterator[tuple[Key, dict[str, Any]]]:
        """List every object of the server."""
        for resource in self.resources():
            for item in self.request("GET", resource.path)["items"]:
                meta = item["metadata"]
                yield Key(resource.group, resource.kind, meta.get("namespace", ""), meta["name"]), item
