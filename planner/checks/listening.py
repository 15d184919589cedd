"""Where a program is told to listen: `--port=8080`, `--bind 127.0.0.1:9000`, `SERVER_PORT`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from planner.model.fields import Path, maps_at, text_at
from planner.model.workloads import Container, Workload

_ADDRESS = re.compile(r"^(?P<host>\[[0-9a-f:]{2,39}\]|[\w.*-]{0,80})(?::(?P<port>\d{1,5}))?$", re.IGNORECASE)
_LISTENS = re.compile(
    r"(?:^|[-_.])(?:listen|bind|addr|address|port|http|https|grpc|tcp|tls|metrics|interface|host|web|admin|server)(?:$|[-_.])"
)
_NO_LISTENER = re.compile(
    r"upstream|remote|target|backend|proxy|dest|peer|redis|postgres|mysql|mongo|kafka|database|db|broker|url|uri|"
    r"endpoint|forward|advertise|external|client|auth|seed|join|collector|agent|jaeger|zipkin|statsd|smtp|ldap"
)
_NAMED_BIND = re.compile(r"listen|bind|interface")
_LOCAL = re.compile(r"^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[?::1\]?)$", re.IGNORECASE)
_HOSTS = re.compile(r"^(?:|\*|0\.0\.0\.0|\[?::\]?)$")


@dataclass(frozen=True, slots=True)
class Listening:
    """One place where a program is told where to listen.

    Attributes:
        container: The container.
        path: Where it stands.
        text: What stands there.
        local: Whether only the loopback interface is meant.
        port: The port, or None where it is told elsewhere.
    """

    container: Container
    path: Path
    text: str
    local: bool
    port: int | None


def listening(workload: Workload) -> Iterator[Listening]:
    """Yield every place of the containers that keep running."""
    for container in workload.containers:
        if container.init and not container.sidecar:
            continue
        for path, key, value in (*_flags(container), *_variables(container)):
            found = _one(container, path, key, value)
            if found:
                yield found


def _flags(container: Container) -> Iterator[tuple[Path, str, str]]:
    """Pair flags with their values, written as `--flag=value` or as two words."""
    words = container.words
    for index, (path, word) in enumerate(words):
        key, equals, value = word.partition("=")
        if not key.startswith("-") or len(word) > 200:
            continue
        if equals:
            yield path, key.lstrip("-"), value
        elif index + 1 < len(words) and not words[index + 1][1].startswith("-"):
            yield words[index + 1][0], key.lstrip("-"), words[index + 1][1]


def _variables(container: Container) -> Iterator[tuple[Path, str, str]]:
    for index, raw in maps_at(container.raw, "env"):
        yield (*container.path, "env", index, "value"), text_at(raw, "name"), text_at(raw, "value")


def _one(container: Container, path: Path, key: str, value: str) -> Listening | None:
    lowered = key.lower()
    if not value or not _LISTENS.search(lowered) or _NO_LISTENER.search(lowered):
        return None
    bare = value.rpartition("://")[2].rstrip("/") if value.startswith(("http://", "https://", "tcp://")) else value
    match = _ADDRESS.match(f":{bare}" if bare.isdigit() else bare)
    if not match:
        return None
    host, port = match["host"], int(match["port"]) if match["port"] else None
    local = bool(_LOCAL.match(host))
    # The name of another host is where it calls, not where it listens.
    if not local and not _HOSTS.match(host):
        return None
    # `DB_HOST=localhost` is a call; an address without a port must be said to be for binding.
    if port is None and not (local and (_NAMED_BIND.search(lowered) or lowered in ("host", "address"))):
        return None
    return Listening(container, path, f"{key}={value}", local, port)
