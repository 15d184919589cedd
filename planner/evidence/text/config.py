"""A configuration file to the addresses in it, each file in its own syntax."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, keys, nginx, shell, values
from planner.evidence.text.keyed import Entry, entries

_HOST_LAST = frozenset(["host", "hostname", "server", "address", "addr", "hosts"])
_HOST_PAIRS = re.compile(
    r"(?i)\bhosts?\b|addr|server|url|uri|endpoint|broker|upstream|repositor|replicaof|slaveof|monitor"
)
_NUMBERED = re.compile(r":\d{2}|=\d{2}")
_REDIS_DIRECTIVE = re.compile(
    r"^\s*(?:replicaof|slaveof|sentinel\s+monitor\s+\S+)\s+(\S+)\s+(\d{2,5})\b", re.IGNORECASE
)
_LARGEST = 4_000_000


def read(name: str, text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of one file.

    Args:
        name: File name.
        text: Its contents.
        known: Variables of the container that mounts it, for scripts.
    """
    text = text[:_LARGEST]
    if not _worth_reading(name, text):
        return
    if len(text.split()) == 1 and "=" not in text and text.strip()[:1] not in ("{", "["):
        yield from (found for found in values.found(name, text) if found.form is not Form.WEAK)
        return
    if nginx.looks_like(text):
        yield from nginx.read(text)
    elif shell.looks_like(name, text):
        yield from shell.read(text, known)
    elif text.lstrip()[:1] in ("{", "[") and text.count("\n") < 3 and (tree := _json(text)) is not None:
        yield from _walk(tree, "", "")
    else:
        yield from _keyed(text)


def _worth_reading(name: str, text: str) -> bool:
    if not text or name.startswith("_example") or is_dashboard(text) or is_kubeconfig(text):
        return False
    if shell.looks_like(name, text):
        return True
    return "://" in text or bool(_HOST_PAIRS.search(text)) or bool(_NUMBERED.search(text)) or "/dev/tcp" in text


def is_dashboard(text: str) -> bool:
    """Whether a text is a Grafana dashboard: nothing but queries and links for people."""
    return '"panels"' in text and ('"schemaVersion"' in text or '"templating"' in text or '"gridPos"' in text)


def is_kubeconfig(text: str) -> bool:
    """Whether a text is a kubeconfig for the cluster that the pod runs in: its server is the API server."""
    return "clusters:" in text and "current-context" in text and "kubernetes.io/serviceaccount/token" in text


def _json(text: str) -> object | None:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _walk(value: object, key: str, parents: str, depth: int = 0) -> Iterator[Address]:
    """Walk a JSON document that stands on one line."""
    if depth > 60:
        return
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _walk(child, str(name), key, depth + 1)
        yield from _json_pair(value, key)
    elif isinstance(value, list):
        for child in value:
            yield from _walk(child, key, parents, depth + 1)
    elif isinstance(value, str):
        yield from (
            replace(found, offset=0) for found in values.found(key, value, 0, parents) if found.form is not Form.WEAK
        )


def _json_pair(value: Mapping[str, object], key: str) -> Iterator[Address]:
    host, port = value.get("host"), value.get("port")
    bare = addresses.bare(host) if isinstance(host, str) else None
    if bare and str(port).isdigit() and 0 < int(str(port)) < 65536:
        yield replace(bare, port=int(str(port)), form=Form.SPLIT, hint=keys.protocol(key))


def _keyed(text: str) -> Iterator[Address]:
    blocks: dict[tuple[int, tuple[str, ...]], dict[str, Entry]] = defaultdict(dict)
    pending: list[tuple[Entry, tuple[int, tuple[str, ...]]]] = []
    for entry in entries(text):
        if not isinstance(entry, Entry):
            yield from _line(*entry)
            continue
        *stem, last = _key_words(entry.key)
        place = (entry.block, tuple(stem))
        blocks[place].setdefault(last, entry)
        if last in _HOST_LAST:
            pending.append((entry, place))
        else:
            yield from _found(entry)
    for entry, place in pending:
        yield from _host(entry, blocks[place])


def _key_words(key: str) -> tuple[str, ...]:
    words = keys.words(key) or ("",)
    return words[:-1] if words[-2:] == ("port", "value") else words


def _line(offset: int, line: str) -> Iterator[Address]:
    match = _REDIS_DIRECTIVE.match(line)
    bare = addresses.bare(match[1]) if match else None
    if match and bare and int(match[2]) < 65536:
        yield replace(bare, port=int(match[2]), text=match[0].strip(), offset=offset, form=Form.SPLIT, hint="redis")
    for address in addresses.in_line(line, offset):
        yield replace(address, sure=address.form is Form.URL)


def _found(entry: Entry) -> Iterator[Address]:
    for address in values.found(entry.key, entry.value, entry.line, " ".join(entry.parents[-2:])):
        if address.form is not Form.WEAK:
            yield address


def _host(entry: Entry, beside: Mapping[str, Entry]) -> Iterator[Address]:
    """Join a host with the port and the scheme that stand beside it."""
    port = next((beside[name].value.strip("\"'") for name in ("port", "ports") if name in beside), "")
    bare = addresses.bare(entry.value)
    if not bare or not port.isdigit() or not 0 < int(port) < 65536:
        yield from _found(entry)
        return
    scheme = next(
        (beside[name].value.strip("\"'").lower() for name in ("scheme", "protocol", "tls", "ssl") if name in beside), ""
    )
    parents = " ".join(entry.parents[-2:])
    role = keys.role(entry.key)
    yield replace(
        bare,
        port=int(port),
        scheme=scheme if scheme in ("http", "https", "grpc") else "",
        text=f"{entry.value} {port}",
        offset=entry.line,
        form=Form.SPLIT,
        hint=keys.protocol(entry.key) or keys.protocol(parents) or _kind(beside),
        role=Role.LISTEN if keys.role(parents) is Role.LISTEN else role,
    )


def _kind(beside: Mapping[str, Entry]) -> str:
    """Ask the type beside a host: `@type elasticsearch`, `Name es`, `driver: mysql`."""
    return next(
        (keys.protocol(beside[name].value) for name in ("type", "name", "driver", "plugin") if name in beside), ""
    )
