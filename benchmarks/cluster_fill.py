"""Put the objects of a made-up company into a real API server, by POST of plain JSON from a few threads.

A Pod takes two requests: the API server drops the status of what is created, so that it is written afterwards, as a
kubelet does. The server itself adds uids, defaults and managed fields, which are nearly half of what is transferred.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import urllib3

from benchmarks.cluster_objects import KINDS, Object, namespace_of, objects_of

THREADS = 6


class FillError(Exception):
    """The API server did not take an object."""


def fill(pool: urllib3.PoolManager, server: str, namespaces: int, seed: int) -> int:
    """Create all objects.

    Args:
        pool: Connections with the credentials of an administrator.
        server: Address of the API server.
        namespaces: How many; each has 50 objects, itself included.
        seed: Of the random numbers.

    Returns:
        The number of objects that were created.

    Raises:
        FillError: One was refused.
    """
    spaces = [namespace_of(number) for number in range(namespaces)]
    for space in spaces:
        _send(pool, "POST", server + KINDS["Namespace"], space)
    with ThreadPoolExecutor(THREADS) as threads:
        names = [space["metadata"]["name"] for space in spaces]
        counts = threads.map(lambda name: _create(pool, server, objects_of(name, seed)), names)
        return len(spaces) + sum(counts)


def _create(pool: urllib3.PoolManager, server: str, objects: Iterable[Object]) -> int:
    count = 0
    for raw in objects:
        head, _, plural = KINDS[raw["kind"]].rpartition("/")
        path = f"{server}{head}/namespaces/{raw['metadata']['namespace']}/{plural}"
        made = _send(pool, "POST", f"{path}?fieldManager=kube-controller-manager", raw)
        if raw["kind"] == "Pod":
            made["status"] = raw["status"]
            _send(pool, "PUT", f"{path}/{made['metadata']['name']}/status?fieldManager=kubelet", made)
        count += 1
    return count


def _send(pool: urllib3.PoolManager, method: str, url: str, body: Object) -> dict[str, Any]:
    answer = pool.request(method, url, body=orjson.dumps(body), headers={"Content-Type": "application/json"})
    if answer.status >= 300:
        raise FillError(f"{method} {url}: {answer.status} {answer.data[:300].decode(errors='replace')}")
    made: dict[str, Any] = orjson.loads(answer.data)
    return made
