"""Addresses in one line of text: URLs and host:port; linear in the length of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from planner.evidence.hosts import is_host, is_ip
from planner.evidence.sighting import Address, Form
from planner.evidence.text import dialects
from planner.evidence.text.noise import NOT_NETWORK
from planner.evidence.words import word_set

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,40}(?::[A-Za-z][A-Za-z0-9+.\-]{0,40}){0,3}$")
_USER = re.compile(r"[^/\s\"'@<>?#,]{0,256}@")
_ONE = r"(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252})(?::\d{1,5})?"
_HOSTS = re.compile(rf"{_ONE}(?:,{_ONE}){{0,30}}")
_WILD = re.compile(r"\*(?:\.[A-Za-z0-9_\-]{1,63}){1,10}(?::\d{1,5})?")
"""A host with a star: a pattern, kept so that it is told why it is no flow."""
_PORT = re.compile(r":(\d{2,5})(?![\w\-]|\.\w|:(?!\d{2,5}(?!\w)))|:(\d{4,5})(?=:[A-Za-z_*])")
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_OPENS_TEMPLATE = "${%<*("
_RESOLVER_SCHEMES = ("dns", "kubernetes", "passthrough", "xds", "ipv4", "k8s")
_INSTANCE = re.compile(r"\\{1,2}[\w$]{1,60}(?::(\d{2,5}))?")
"""A named instance of SQL Server after its host."""
_REDIS_OPTION = re.compile(
    r",(?:password|ssl|abortConnect|defaultDatabase|connectTimeout|allowAdmin|user)=", re.IGNORECASE
)
"""What StackExchange.Redis writes behind its hosts."""
_BINARY = word_set("thrift hdfs webhdfs alluxio akka rmi iiop ajp aerospike hazelcast ignite tarantool spark")
"""Schemes of protocols that have no name of their own here: bytes over TCP."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}t\d{2}")
"""The beginning of a time, whose minutes look like a port."""
_RANGE = re.compile(r"\{(\d{1,6})\.\.\.\d{1,6}\}")
"""How MinIO counts its members: `http://minio-{0...3}.minio`."""
_HOST_KEY = re.compile(r"\b(?:ssh-rsa|ssh-ed25519|ssh-dss|ecdsa-sha2-nistp\d{3}|sk-ssh-\S{1,40}) AAAA")
"""A line of a known_hosts file: a key that is trusted, not a call."""
_LOOKUP_PREFIX = re.compile(r"\bdns(?:srv(?:noa)?)?\+")
"""How Thanos, Loki and Mimir ask for a lookup of a name."""
_BARE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252}")
_NOT_NAMES = word_set("true false yes no on off none null nil auto default enabled disabled any all always never")
_LONGEST = 20000


def in_line(line: str, offset: int = 0) -> Iterator[Address]:
    """Yield every address with a scheme or a port in one line.

    Args:
        line: The line; of a very long one only the beginning is read.
        offset: Its number inside its text, given to the addresses.
    """
    line = line[:_LONGEST]
    if _HOST_KEY.search(line):
        return
    if "+" in line:
        line = _LOOKUP_PREFIX.sub("", line)
    if "..." in line:
        line = _RANGE.sub(r"\1", line)
    if ":" in line:
        taken: list[tuple[int, int]] = []
        for address, span in _urls(line, offset):
            taken.append(span)
            yield address
        yield from _pairs(line, offset, taken)
    yield from dialects.in_line(line, offset)


def _urls(line: str, offset: int) -> Iterator[tuple[Address, tuple[int, int]]]:
    at = line.find("://")
    while at >= 0:
        scheme = _SCHEME.search(line[max(0, at - 90) : at])
        start = at + 3
        if scheme:
            name = _scheme(scheme[0].lower())
            if line[start : start + 1] == "/" and name in _RESOLVER_SCHEMES:
                start, name = start + 1, "grpc"  # a target of gRPC: the scheme says who looks the name up
            yield from _hosts(line, start, name, offset)
        at = line.find("://", at + 3)


def _not_a_host(scheme: str, port: int | None) -> str:
    """Say that a scheme names a bucket, a file or a socket: `s3://logs`, though not `s3://minio:9000/logs`."""
    return f"{scheme}:// names no host" if port is None and scheme in NOT_NETWORK else ""


def _scheme(text: str) -> str:
    text = text.removeprefix("db+")  # how Celery marks a store of results
    return text if text.startswith(("jdbc:", "r2dbc:")) else text.rpartition(":")[2]


def _hosts(line: str, start: int, scheme: str, offset: int) -> Iterator[tuple[Address, tuple[int, int]]]:
    user = _USER.match(line, start)
    at = user.end() if user else start
    hosts = _HOSTS.match(line, at)
    if not hosts and (wild := _WILD.match(line, at)):
        host, port = _cut(wild[0].lower())
        yield Address(host, port, scheme, f"{scheme}://{wild[0]}", offset), (start, wild.end())
        return
    if not hosts or line[hosts.end() : hosts.end() + 1] in (*_OPENS_TEMPLATE, "="):
        return
    rest = re.match(r"[^\s\"'<>@|]{0,80}", line[hosts.end() :])
    listed = hosts[0].rpartition(",")[0] if _opens_next(line, hosts) else hosts[0]
    shown = f"{scheme}://{listed}{rest[0] if rest and rest[0].startswith('/') else ''}"
    for part in listed.split(","):
        host, port = _cut(part)
        host = host.strip(".-").lower()
        if is_host(host):
            port = port or _instance_port(line, hosts.end())
            found = Address(host.strip("[]"), port, scheme, shown, offset, reason=_not_a_host(scheme, port))
            yield replace(found, hint="tcp" if scheme in _BINARY else ""), (start, hosts.end())


def _instance_port(line: str, end: int) -> int | None:
    match = _INSTANCE.match(line, end) if line.startswith("\\", end) else None
    return int(match[1]) if match and match[1] and int(match[1]) < 65536 else None


def _opens_next(line: str, hosts: re.Match[str]) -> bool:
    """Whether the last word of a list is the scheme of the next URL: `http://a:1,http://b:1`."""
    return "," in hosts[0] and line.startswith("://", hosts.end())


def _cut(host_port: str) -> tuple[str, int | None]:
    host, colon, port = host_port.rpartition(":")
    if colon and port.isdecimal() and not (host.startswith("[") and not host.endswith("]")):
        number = int(port)
        return host, number if 0 < number < 65536 else None
    return host_port, None


def _pairs(line: str, offset: int, taken: list[tuple[int, int]]) -> Iterator[Address]:
    for match in _PORT.finditer(line):
        if any(start <= match.start() < end for start, end in taken):
            continue
        port = int(match[1] or match[2])
        host = _host_before(line, match.start())
        if not host or port > 65535 or not is_host(host):
            continue
        if line[: match.start() - len(host)].rstrip("/").endswith("oracle:thin:@"):
            continue  # read as a whole
        if _DATE.fullmatch(host):
            continue
        if not is_ip(host) and not any(character.isalpha() for character in host):
            continue
        yield Address(host, port, "", f"{host}:{port}", offset, Form.PAIR, _hint(line, match, host))


def _hint(line: str, match: re.Match[str], host: str) -> str:
    """Ask what stands around a pair: a path behind it, the brackets of a driver, the options of a client."""
    before = line[max(0, match.start() - len(host) - 5) : match.start() - len(host)]
    if before.endswith("@//"):
        return "oracle"
    if before.endswith("@tcp("):
        return "mysql"
    if line.startswith(",", match.end()) and _REDIS_OPTION.match(line, match.end()):
        return "redis"
    path = line[match.end() : match.end() + 2]
    return "http" if len(path) == 2 and path[0] == "/" and path[1].isalpha() else ""


def _host_before(line: str, end: int) -> str:
    """Return the host that ends before a colon, or an empty string where it is part of something else."""
    if line[end - 1 : end] == "]":
        start = line.rfind("[", max(0, end - 47), end)
        return line[start + 1 : end - 1].lower() if start >= 0 else ""
    start = end
    while start > 0 and end - start < 254 and line[start - 1] in _HOST_CHARACTERS:
        start -= 1
    before = line[start - 1 : start]
    if before and (before in ":$%{}\\)>*+~" or (before == "/" and line[max(0, start - 3) : start] != "@//")):
        return ""
    return line[start:end].lstrip("-.").rstrip(".").lower()


def bare(text: str) -> Address | None:
    """Return a text that is nothing but a host name or an address, or None."""
    word = _LOOKUP_PREFIX.sub("", text.strip().strip("\"'").strip())
    host = word.rstrip(".").lower()
    if not _BARE.fullmatch(word) and not is_ip(word):
        return None
    if (
        host in _NOT_NAMES
        or not is_host(host)
        or (host.isdigit() or (not is_ip(host) and not any(c.isalpha() for c in host)))
    ):
        return None
    return Address(host, None, "", word, 0, Form.BARE)


def moved(address: Address, offset: int) -> Address:
    """Return an address with another line number."""
    return replace(address, offset=offset)
