"""The live cluster as a rollout needs it: one object read, one patch, one create, one delete.

The address of a kind comes from the server's own discovery, never from a guess of its plural.
Source: Kubernetes API reference, "API discovery", "Dry-run", "Resource versions"; apimachinery DeleteOptions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from planner.errors import ClusterError
from planner.model.bundle import PatchType
from planner.model.fields import list_at, map_at, maps_at, text_at
from planner.model.refs import Ref
from planner.operate.refusal import RefusedError
from planner.sources.cluster.connection import JSON, Connection
from planner.sources.cluster.discovery import Served, kinds_of
from planner.sources.cluster.faults import FORBIDDEN, INVALID, NOT_FOUND, RequestError

MANAGER = "meshplan"
"""Name under which the API server notes whose fields they are."""

_CONTENT = {
    PatchType.MERGE: "application/merge-patch+json",
    PatchType.STRATEGIC: "application/strategic-merge-patch+json",
    PatchType.JSON: "application/json-patch+json",
}
_GUIDE = "the rights that it needs are in docs/guide/rollout.md"


class Live:
    """Reads and changes single objects of one cluster.

    Attributes:
        context: Name of the context.
        server: Address of the API server.
    """

    def __init__(self, connection: Connection) -> None:
        self.context = connection.context
        self.server = connection.server
        self._connection = connection
        self._served: dict[str, Mapping[str, Served]] = {}

    def uid(self) -> str:
        """Give what names this cluster and no other: the uid of the namespace kube-system.

        Raises:
            ClusterError: It cannot be read.
        """
        found = self.get("v1", Ref("", "kube-system", "Namespace"))
        uid = text_at(found, "metadata", "uid")
        if not uid:
            raise ClusterError(
                f"{self.server} has no namespace kube-system", "is this a Kubernetes cluster?", "rollout"
            )
        return uid

    def get(self, api_version: str, ref: Ref) -> dict[str, Any] | None:
        """Read one object; None where it does not exist.

        Raises:
            ClusterError: It cannot be read.
            RefusedError: The server does not serve its kind.
        """
        try:
            return self._object(self._connection.get(self._path(api_version, ref)))
        except RequestError as fault:
            if fault.status == NOT_FOUND:
                return None
            raise self._explained(fault, "get", api_version, ref) from fault

    def items(self, path: str, selector: str = "") -> tuple[Mapping[str, Any], ...]:
        """Read the items of a list by its path (`/api/v1/namespaces/shop/pods`).

        Raises:
            ClusterError: They cannot be read.
        """
        found: list[Mapping[str, Any]] = []
        query = {"limit": "500"} | ({"labelSelector": selector} if selector else {})
        while True:
            page = self._object(self._connection.get(path, query))
            found.extend(item for _, item in maps_at(page, "items"))
            token = text_at(page, "metadata", "continue")
            if not token:
                return tuple(found)
            query = {**query, "continue": token}

    def patch(
        self, api_version: str, ref: Ref, kind: PatchType, body: Any, version: str, *, dry: bool = False
    ) -> dict[str, Any]:
        """Patch an object that still has the given resource version.

        Args:
            api_version: Of the object.
            ref: The object.
            kind: Patch type.
            body: The patch.
            version: `resourceVersion` of the object just read; another one is refused by the server.
            dry: Whether the server only says what it would do.

        Raises:
            Conflict: Somebody changed the object meanwhile; nothing was done.
            ClusterError: It was refused.
        """
        try:
            path = self._path(api_version, ref)
            return self._connection.send("PATCH", path, guarded(kind, body, version), _CONTENT[kind], _query(dry))
        except RequestError as fault:
            moved = kind is PatchType.JSON and fault.status == INVALID and self._version(api_version, ref) != version
            if fault.status == 409 or moved:
                raise Conflict(f"{ref}: somebody changed it at this moment", "", "rollout") from fault
            raise self._explained(fault, "patch", api_version, ref) from fault

    def create(self, body: Mapping[str, Any], ref: Ref, *, dry: bool = False) -> dict[str, Any]:
        """Create an object.

        Raises:
            Conflict: It exists.
            ClusterError: It was refused.
        """
        api_version = str(body["apiVersion"])
        path = self._resource(api_version, ref).folder(ref.namespace)
        try:
            return self._connection.send("POST", path, body, JSON, _query(dry))
        except RequestError as fault:
            if fault.status == 409:
                raise Conflict(f"{ref}: it exists", "", "rollout") from fault
            raise self._explained(fault, "create", api_version, ref) from fault

    def delete(self, api_version: str, ref: Ref, uid: str, version: str, *, dry: bool = False) -> None:
        """Delete exactly the object that was read.

        Raises:
            Conflict: It is another one by now.
            ClusterError: It was refused.
        """
        options: dict[str, Any] = {
            "kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid, "resourceVersion": version},
        }  # fmt: skip
        options |= {"dryRun": ["All"]} if dry else {}
        try:
            self._connection.send("DELETE", self._path(api_version, ref), options)
        except RequestError as fault:
            if fault.status == 409:
                raise Conflict(f"{ref}: somebody changed it at this moment", "", "rollout") from fault
            if fault.status != NOT_FOUND:
                raise self._explained(fault, "delete", api_version, ref) from fault

    def _version(self, api_version: str, ref: Ref) -> str:
        return text_at(self.get(api_version, ref), "metadata", "resourceVersion")

    def _path(self, api_version: str, ref: Ref) -> str:
        return f"{self._resource(api_version, ref).folder(ref.namespace)}/{quote(ref.name, safe='')}"

    def _resource(self, api_version: str, ref: Ref) -> Served:
        if api_version not in self._served:
            self._served[api_version] = self._discover(api_version, ref)
        found = self._served[api_version].get(ref.kind)
        if found is None:
            raise _unserved(api_version, ref)
        return found

    def _discover(self, api_version: str, ref: Ref) -> Mapping[str, Served]:
        try:
            return {served.kind: served for served, _ in kinds_of(self._connection, api_version)}
        except RequestError as fault:
            if fault.status == NOT_FOUND:
                raise _unserved(api_version, ref) from fault
            raise

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            value = json.loads(data)
        except ValueError as fault:
            raise ClusterError(f"{self.server} answers what is no JSON", "is a proxy in between?", "rollout") from fault
        return value if isinstance(value, dict) else {}

    def _explained(self, fault: RequestError, verb: str, api_version: str, ref: Ref) -> ClusterError:
        """Name the object, and for a missing right the rule that grants it."""
        if fault.status != FORBIDDEN:
            text = fault.message.partition(": ")[2] if fault.status else fault.message
            return ClusterError(f"{verb} {ref}: {text or fault.message}", fault.hint, "rollout")
        group = api_version.rpartition("/")[0]
        plural = self._resource(api_version, ref).plural
        where = f" in namespace {ref.namespace}" if ref.namespace else ""
        rule = f'apiGroups: ["{group}"], resources: ["{plural}"], verbs: ["{verb}"]'
        return ClusterError(f"{verb} {ref}: forbidden; it needs the rule {rule}{where}", _GUIDE, "rollout")


class Conflict(RefusedError):  # noqa: N818  # it is caught and tried again; only the last one is an error
    """The object is another one than the one that was read; nothing was done."""


def guarded(kind: PatchType, body: Any, version: str) -> Any:
    """Make a patch that fails where the object is not the one that was read."""
    if kind is PatchType.JSON:
        return [{"op": "test", "path": "/metadata/resourceVersion", "value": version}, *list_at({"body": body}, "body")]
    return {**body, "metadata": {**map_at(body, "metadata"), "resourceVersion": version}}


def _query(dry: bool) -> dict[str, str]:
    """A field that the server does not know is refused, not dropped in silence."""
    return {"fieldManager": MANAGER, "fieldValidation": "Strict"} | ({"dryRun": "All"} if dry else {})


def _unserved(api_version: str, ref: Ref) -> RefusedError:
    hint = (
        "are Istio's CRDs installed, in this version?" if "istio.io" in api_version else "plan again for this cluster"
    )
    return RefusedError(f"{ref}: the cluster does not serve {ref.kind} of {api_version}", hint, "rollout")
