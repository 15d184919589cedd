"""All objects of one kind, page by page, as they arrive.

Source: kubernetes.io docs/reference/using-api/api-concepts (limit and continue; 410 Expired starts anew, and
the list without pages always works); kubernetes/client-go tools/pager/pager.go falls back in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import orjson

from planner.model.fields import list_at, text_at
from planner.sources.cluster.connection import JSON, Connection
from planner.sources.cluster.discovery import Served
from planner.sources.cluster.faults import GONE, RequestError

PAGE = 500
METADATA_ONLY = f"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON}"

Keep = Callable[[dict[str, Any]], None]
"""Takes one object; it is not kept anywhere else."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which objects of a kind are listed, and how much of each.

    Attributes:
        path: Path of the list.
        fields: Field selector; empty for all objects.
        metadata: Whether only the metadata of each object is asked for.
        page: Objects a page; 0 for all at once.
    """

    path: str
    fields: str = ""
    metadata: bool = False
    page: int = PAGE


def read_all(
    connection: Connection, served: Served, keep: Keep, forget: Callable[[], None], query: Query | None = None
) -> int:
    """Hand every object of a kind on, in the order of the server.

    Args:
        connection: Where to ask.
        served: The kind. Of a Secret only the metadata is ever asked for.
        keep: Called with each object, while the next page is on its way.
        forget: Called when a list has expired half way and starts anew: what was handed on is void.
        query: Which objects; all of the cluster where it is left out.

    Returns:
        Number of pages.

    Raises:
        RequestError: A page was refused or did not come; what was handed on before stands.
    """
    query = query or Query(served.path)
    try:
        return _pages(connection, served, keep, query)
    except RequestError as fault:
        if fault.status != GONE:
            raise
    forget()
    return _pages(connection, served, keep, replace(query, page=0))


def _pages(connection: Connection, served: Served, keep: Keep, query: Query) -> int:
    count = 0
    with ThreadPoolExecutor(1) as ahead:
        waiting: Future[bytes] | None = ahead.submit(_fetch, connection, served, query, "")
        while waiting is not None:
            answer = _decode(waiting.result(), served)
            token = text_at(answer, "metadata", "continue")
            waiting = ahead.submit(_fetch, connection, served, query, token) if token else None
            for item in _items(answer, served):
                keep(item)
            count += 1
    return count


def _fetch(connection: Connection, served: Served, query: Query, token: str) -> bytes:
    asked = {"limit": str(query.page) if query.page else "", "fieldSelector": query.fields, "continue": token}
    partial = query.metadata or (served.group, served.kind) == ("", "Secret")
    given = {name: value for name, value in asked.items() if value}
    return connection.get(query.path, given, METADATA_ONLY if partial else JSON)


def _decode(body: bytes, served: Served) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as fault:
        raise RequestError(f"GET {served.path}: the answer is not JSON: {fault}", "", "cluster") from fault
    if not isinstance(value, dict) or not isinstance(value.get("items"), list | None):
        raise RequestError(f"GET {served.path}: the answer is not a list", "", "cluster")
    return value


def _items(answer: dict[str, Any], served: Served) -> Iterator[dict[str, Any]]:
    """Give each object its kind, which lists leave out; metadata of a Secret becomes a Secret without data."""
    for item in list_at(answer, "items"):
        if isinstance(item, dict):
            item["apiVersion"], item["kind"] = served.api_version, served.kind
            yield item
