"""Envoy configuration: the endpoints of its clusters; listeners and the admin address are its own.

Source: Envoy API reference, config.bootstrap.v3, config.cluster.v3, config.endpoint.v3, config.core.v3.Address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from planner.evidence.sighting import Address, Role
from planner.evidence.text import made, tree
from planner.evidence.text.placeholders import expand
from planner.evidence.text.tree import Document
from planner.model.fields import Path, dig, text_at

_CALLED = frozenset(("clusters", "cluster", "load_assignment", "lb_endpoints", "endpoints", "hosts"))
_HEADER_ONLY = "the cluster says where, this only names the host"
_TRANSLATED = " any"
"""Stands for every cluster with HTTP/2 in a configuration that translates gRPC."""
_TCP_FILTERS = {
    "tcp_proxy": "tcp",
    "redis_proxy": "redis",
    "mongo_proxy": "mongo",
    "mysql_proxy": "mysql",
    "postgres_proxy": "postgres",
    "udp_proxy": "udp",
    "kafka_broker": "kafka",
    "thrift_proxy": "tcp",
}


def looks_like(text: str) -> bool:
    """Whether a text is a bootstrap of Envoy or a list of its clusters."""
    return "socket_address" in text and ("clusters" in text or "load_assignment" in text or "envoy" in text)


def read(text: str, known: Mapping[str, str]) -> Iterator[Address] | None:
    """Return the addresses of a configuration, or None where it is no YAML.

    Args:
        text: YAML or JSON.
        known: Variables of its container.
    """
    documents = tree.documents(expand(text, known))
    holds = any(True for document in documents for _ in _ends(document, "address", "socket_address"))
    return _all(documents) if holds else None


def _all(documents: tuple[Document, ...]) -> Iterator[Address]:
    for document in documents:
        spoken = _spoken(document)
        for path, _ in _ends(document, "address", "socket_address"):
            yield from _socket(document, path, spoken)
        for path, text in _ends(document, "target_uri", ""):
            yield from made.written("target_uri", text, document.line(*path), scheme="grpc", hint="grpc", whole=False)
        for path, text in _ends(document, "uri", ""):
            yield from made.written("uri", text, document.line(*path), reason=_HEADER_ONLY, whole=False)


def _ends(document: Document, last: str, above: str) -> Iterator[tuple[Path, str]]:
    for path, text in document.leaves():
        if path[-1:] == (last,) and (not above or path[-2:-1] == (above,)):
            yield path, text


def _socket(document: Document, path: Path, spoken: Mapping[str, str]) -> Iterator[Address]:
    socket = dig(document.value, *path[:-1])
    called = bool(_CALLED.intersection(step for step in path if isinstance(step, str)))
    cluster = _cluster(document.value, path)
    name = text_at(cluster, "name") or text_at(cluster, "cluster_name")
    protocol = _protocol(cluster, spoken.get(name, ""))
    protocol = spoken.get(_TRANSLATED, protocol) if protocol == "http2" else protocol
    for address in made.pair(text_at(socket, "address"), text_at(socket, "port_value"), document.line(*path)):
        if not called:
            yield replace(address, role=Role.LISTEN)
            continue
        secured = _is_secured(cluster)
        scheme = ("tls" if protocol in ("tcp", "") else "https") if secured and protocol != "redis" else ""
        scheme = "rediss" if secured and protocol == "redis" else scheme
        yield replace(address, scheme=scheme, hint="" if protocol == "tcp" else protocol)


def _cluster(value: Any, path: Path) -> Any:
    """Return the cluster that a path runs through: the item of the last list of clusters or resources."""
    for index in range(len(path) - 1, 0, -1):
        if path[index - 1] in ("clusters", "resources") and isinstance(path[index], int):
            return dig(value, *path[: index + 1])
    return {}


def _is_secured(cluster: Any) -> bool:
    socket = dig(cluster, "transport_socket")
    return "tls" in text_at(socket, "name") or bool(dig(cluster, "tls_context") is not None)


def _protocol(cluster: Any, used_as: str) -> str:
    options = dig(cluster, "typed_extension_protocol_options")
    http2 = dig(cluster, "http2_protocol_options") is not None or "http2_protocol_options" in str(options)[:5000]
    if used_as == "grpc" or (http2 and "grpc" in text_at(cluster, "name").lower()):
        return "grpc"
    return "http2" if http2 else used_as


def _spoken(document: Document) -> Mapping[str, str]:
    """Map the name of each cluster to what the filters that use it speak."""
    found: dict[str, str] = {}
    for path, text in document.leaves():
        if path[-1:] == ("name",) and "http.grpc_" in text:
            found[_TRANSLATED] = "grpc"  # a filter that speaks gRPC behind the proxy
        if path[-1:] == ("cluster_name",) and path[-2:-1] == ("envoy_grpc",):
            found[text] = "grpc"
        elif path[-1:] == ("collector_cluster",):
            found[text] = "http"
        elif path[-1:] == ("cluster",) or path[-3:-1] == ("weighted_clusters", "clusters"):
            found.setdefault(text, _filter(document.value, path))
    return found


def _filter(value: Any, path: Path) -> str:
    for index in range(len(path) - 1, 0, -1):
        if path[index - 1] in ("filters", "listener_filters"):
            name = text_at(dig(value, *path[: index + 1]), "name")
            return next((spoken for part, spoken in _TCP_FILTERS.items() if part in name), "http")
    return "http"
