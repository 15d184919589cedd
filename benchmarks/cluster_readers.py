"""Three ways to read a whole cluster: the bare transfer, meshplan, and the typed client of the kubernetes package.

Each reader is a chain of two steps for `harness.run_chain`: the first imports and connects, the second reads. What a
reader found is written to a file, because a measured process gives back nothing but times.

All three ask with the same four threads for lists in pages of 500, uncompressed, over TLS with a client certificate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import Step

PAGE, AT_ONCE = 500, 4
RAW, SAME, OURS, TYPED = "plain HTTP", "same requests", "meshplan", "typed client"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
OF_CONTROLLERS = ("/pods", "/replicasets", "/jobs", "/replicationcontrollers")
"""Ends of the lists of which meshplan asks for the metadata alone."""
_TOKEN = re.compile(rb'"continue":"([^"]*)"')
_HEAD = 2000
"""Bytes at the start of a list that hold its metadata."""
_COUNT = re.compile(r"(\d+) objects on (\d+) pages")
_COLLECTOR = (200_000, 50, 100)
"""As the program sets it when it starts (planner/__main__.py); the typed client runs with Python's own."""

_CALLS = (
    ("CoreV1Api", "list_namespace"), ("CoreV1Api", "list_pod_for_all_namespaces"),
    ("AppsV1Api", "list_replica_set_for_all_namespaces"), ("AppsV1Api", "list_deployment_for_all_namespaces"),
    ("CoreV1Api", "list_service_for_all_namespaces"), ("CoreV1Api", "list_config_map_for_all_namespaces"),
    ("DiscoveryV1Api", "list_endpoint_slice_for_all_namespaces"),
    ("CoreV1Api", "list_service_account_for_all_namespaces"),
    ("RbacAuthorizationV1Api", "list_role_binding_for_all_namespaces"),
    ("NetworkingV1Api", "list_ingress_for_all_namespaces"),
    ("NetworkingV1Api", "list_network_policy_for_all_namespaces"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster that is read.

    Attributes:
        server: Its address.
        authority: File with the certificate of its authority.
        certificate: File with the client's certificate.
        key: File with the client's key.
        kubeconfig: The same as a kubeconfig.
        found: File where a reader writes what it found.
    """

    server: str
    authority: Path
    certificate: Path
    key: Path
    kubeconfig: Path
    found: Path


def pool_of(target: Target) -> Any:
    """Give connections to the cluster (`urllib3.PoolManager`)."""
    import urllib3  # noqa: PLC0415 - in the measured process

    return urllib3.PoolManager(
        maxsize=8, cert_reqs="CERT_REQUIRED", ca_certs=str(target.authority), cert_file=str(target.certificate),
        key_file=str(target.key), retries=False, timeout=60,
    )  # fmt: skip


def pages(pool: Any, url: str, headers: dict[str, str] | None = None) -> Iterator[bytes]:
    """Give the pages of a list, each asked for when the one before it is there.

    Raises:
        RuntimeError: The server refused one.
    """
    token = ""
    while True:
        query = f"?limit={PAGE}" + (f"&continue={token}" if token else "")
        answer = pool.request("GET", url + query, headers=headers or {"Accept": "application/json"})
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status}")
        yield answer.data
        match = _TOKEN.search(answer.data[:_HEAD])
        if not match or not match[1]:
            return
        token = match[1].decode()


def plain(target: Target, lists: tuple[str, ...], name: str = RAW) -> list[Step]:
    """Read lists by plain HTTP and throw the bytes away: whole objects, or for `SAME` as meshplan asks for them."""

    def read(pool: Any) -> None:
        def one(path: str) -> tuple[int, int]:
            partial = name == SAME and path.endswith(OF_CONTROLLERS)
            headers = {"Accept": METADATA if partial else "application/json"}
            sizes = [len(page) for page in pages(pool, target.server + path, headers)]
            return len(sizes), sum(sizes)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(one, lists))
        _tell(target, requests=sum(n for n, _ in found), bytes=sum(size for _, size in found))

    return [("connect", lambda _: pool_of(target)), (name, read)]


def ours(target: Target, around: Callable[[Callable[[], Any]], Any] | None = None) -> list[Step]:
    """Read with meshplan: discovery, the kinds that its stages declare, pruning.

    Args:
        target: The cluster.
        around: Calls the reading, for instance under a profiler.
    """

    def connect(_: Any) -> Any:
        import gc  # noqa: PLC0415 - only here
        import os  # noqa: PLC0415

        gc.set_threshold(*_COLLECTOR)
        os.environ["KUBECONFIG"] = str(target.kubeconfig)
        from planner.pipeline.kinds import declared_kinds  # noqa: PLC0415 - in the measured process
        from planner.sources.cluster import kubeconfig, read  # noqa: PLC0415

        return partial(read.read_cluster, kubeconfig.connect(), read.Wanted(declared_kinds()))

    def run(read: Any) -> None:
        said = [""]

        def work() -> Any:
            return read(lambda what, *_: said.append(what))

        reading = around(work) if around else work()
        match = _COUNT.search(said[-1])
        objects, requests = map(int, match.groups()) if match else (0, 0)
        _tell(target, objects=objects, kept=len(reading.objects), requests=requests, kinds=len(reading.listed))

    return [("connect", connect), (OURS, run)]


def typed(target: Target) -> list[Step]:
    """Read the kinds that were filled in with the typed client, and keep what no controller made."""

    def connect(_: Any) -> Any:
        from kubernetes import client, config  # noqa: PLC0415 - in the measured process

        settings = client.Configuration()
        config.load_kube_config(str(target.kubeconfig), client_configuration=settings)
        settings.connection_pool_maxsize = 8
        api = client.ApiClient(configuration=settings)
        return [getattr(getattr(client, group)(api), call) for group, call in _CALLS]

    def read(calls: list[Callable[..., Any]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(_typed_list, calls))
        counts = {name: sum(part[at] for _, part in found) for at, name in enumerate(("objects", "requests"))}
        _tell(target, **counts, kept=sum(len(kept) for kept, _ in found))

    return [("connect", connect), (TYPED, read)]


def _typed_list(call: Callable[..., Any]) -> tuple[list[Any], tuple[int, int]]:
    kept: list[Any] = []
    token, objects, requests = "", 0, 0
    while True:
        page = call(limit=PAGE, **({"_continue": token} if token else {}))
        objects, requests = objects + len(page.items), requests + 1
        kept += [item for item in page.items if not any(o.controller for o in item.metadata.owner_references or ())]
        token = page.metadata._continue
        if not token:
            return kept, (objects, requests)


def _tell(target: Target, **found: int) -> None:
    target.found.write_text(json.dumps(found), encoding="utf-8")
