"""Configuration of no particular product: keys and values by their lines, whatever the syntax.

A host is joined with the port, the scheme and the kind that stand beside it; what stands under a key for listening,
or beside `enabled: false`, is no call.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, flat, keys, made, values, xml
from planner.evidence.text.keyed import Entry, entries
from planner.evidence.text.placeholders import expand
from planner.evidence.text.values import NO_ADDRESS

_HOST_LAST = frozenset(
    ["host", "hostname", "server", "address", "addr", "hosts", "ip", "endpoint", "broker", "service"]
)
_JOINED = re.compile(
    r"(smtp|db|redis|mysql|pg|postgres|mongo|amqp|mail|ldap|es|mq|sql|ftp|sftp|imap|cache|memcached?|kafka)(host|hostname|port)"
)
"""Words that people write together: `smtphost`, `dbport`."""
_DIRECTIVE = re.compile(
    r"^\s*(replicaof|slaveof|sentinel\s+monitor\s+\S+|cache_peer)\s+(\S+)(?:\s+(?:parent|sibling))?\s+(\d{2,5})\b",
    re.IGNORECASE,
)
"""Redis and Squid: a host and a port, apart by a blank."""
_TOWARDS = frozenset(("remote", "target", "destination", "dest", "upstream", "backend"))
"""Words before `host` whose port is just called `port`."""
_ATTRIBUTES = re.compile(
    r"\b(?:host|target|server|address|hostname)\s{0,9}=\s{0,9}\"(?:udp:|tcp:)?([\w.\-]{1,253})\"[^<>\n]{0,200}?\bport\s{0,9}=\s{0,9}\"(\d{2,5})\""
)
"""A host and a port as named arguments: rsyslog's actions."""
_TYPES = ("type", "driver", "plugin", "adapter", "engine")
_DSN = re.compile(r"^[\w.\-]{1,253}[ ;]{1,4}(?:dbname|user|port|password|sslmode)=")
"""What follows the host of a connection string, whose beginning was taken for a key."""
_LABELS = frozenset(("labels", "label", "match", "matchers", "tags", "tag", "attributes", "dimensions"))
_SWITCHES = ("enabled", "enable")
_OFF = frozenset(("false", "no", "off", "0"))
_SCHEMES = frozenset(("http", "https", "grpc"))
_LONGEST = 20_000

_SHORTEST_FILE = 40

Place = tuple[int, tuple[str, ...]]
Nested = Callable[[str], Iterator[Address]]
"""Reads a text that stands inside another as a value: a whole file in a quoted string."""


def read(text: str, known: Mapping[str, str], nested: Nested | None = None) -> Iterator[Address]:
    """Yield the addresses of a configuration file.

    Args:
        text: Its contents.
        known: Variables of the container that mounts it.
        nested: Reads files that stand in its strings.
    """
    text = expand(text, known)
    yield from judge(xml.entries(text) if xml.looks_like(text) else entries(text), nested)


def judge(items: Iterable[Entry | tuple[int, str]], nested: Nested | None = None) -> Iterator[Address]:
    """Yield the addresses of keys with their values.

    Args:
        items: Entries, and (line, text) of what holds no key.
        nested: Reads files that stand in their strings.
    """
    blocks: dict[Place, dict[str, Entry]] = defaultdict(dict)
    found: list[tuple[Entry, Place, bool]] = []
    for entry in items:
        if not isinstance(entry, Entry):
            yield from _line(*entry)
            continue
        stem, last, is_host = _cut(entry.key)
        place = (entry.block, stem)
        blocks[place].setdefault(last, entry)
        if is_host or not NO_ADDRESS.fullmatch(entry.value):
            found.append((entry, place, is_host))
    for entry, place, is_host in found:
        beside = blocks[place]
        if nested and len(entry.value) >= _SHORTEST_FILE and (inner := _inner(entry.value)):
            yield from (replace(address, offset=entry.line) for address in nested(inner))
            continue
        if place[1] and place[1][-1] in _TOWARDS:
            beside = {**blocks.get((place[0], ()), {}), **beside}
        addresses_ = list(_host(entry, beside) if is_host else _found(entry))
        if not addresses_:
            continue
        reason = _switched_off(beside, blocks.get((entry.block, ()), {})) or _for_browser(entry, blocks, place)
        kind = _kind(beside, _TYPES)
        for address in addresses_:
            if kind and not address.scheme and address.hint in ("", "http"):
                address = replace(address, hint=kind)  # noqa: PLW2901
            yield replace(address, reason=reason) if reason and not address.reason else address


def _inner(value: str) -> str:
    """Return the file that a value holds with its line breaks escaped, or an empty string."""
    if "\n" in value:
        return value
    if "\\n" not in value:
        return ""
    try:
        text: object = json.loads(f'"{value}"')
    except ValueError:
        text = value.replace("\\n", "\n").replace('\\"', '"')
    return text if isinstance(text, str) else ""


@lru_cache(maxsize=8192)
def _cut(key: str) -> tuple[tuple[str, ...], str, bool]:
    """Cut a key into what it shares with its neighbours, its last word, and whether that means a host."""
    *stem, last = _key_words(key)
    return tuple(stem), last, last in _HOST_LAST


def _key_words(key: str) -> tuple[str, ...]:
    words = keys.words(key) or ("",)
    words = words[:-1] if words[-2:] == ("port", "value") else words
    if words[-2:] == ("host", "name"):
        return (*words[:-2], "hostname")
    if joined := _JOINED.fullmatch(words[-1]):
        return (*words[:-1], joined[1], joined[2])
    last = words[-1].rstrip("0123456789")
    # `backend_hostname0` and `backend_port0` belong together, and so do those that end in 1.
    return (*words[:-1], words[-1][len(last) :], last) if last != words[-1] and last else words


def _switched_off(*beside: Mapping[str, Entry]) -> str:
    for entries_ in beside:
        for name in _SWITCHES:
            if name in entries_ and entries_[name].value.strip("\"'").lower() in _OFF:
                return f"switched off by {entries_[name].key}: {entries_[name].value[:20]}"
    return ""


def _for_browser(entry: Entry, blocks: Mapping[Place, Mapping[str, Entry]], place: Place) -> str:
    """Say that a page for signing in is no call, where what stands beside it speaks of signing in too."""
    if not keys.is_for_browser(entry.key):
        return ""
    beside = " ".join(
        other.key for (block, _), found in blocks.items() if block == place[0] for other in found.values()
    )
    return "called by the browser" if {"token", "client", "oidc"}.intersection(keys.words(beside)) else ""


def _line(offset: int, line: str) -> Iterator[Address]:
    if match := _DIRECTIVE.match(line):
        yield from made.pair(match[2], match[3], offset, hint="http" if match[1] == "cache_peer" else "redis")
    for match in _ATTRIBUTES.finditer(line[:_LONGEST]):
        yield from made.pair(match[1], match[2], offset)
    for address in addresses.in_line(line, offset):
        yield replace(address, sure=address.form is Form.URL)


def _found(entry: Entry) -> Iterator[Address]:
    if inside := list(judge(flat.on_one_line(entry))):
        yield from inside
        return
    if _DSN.search(entry.value) and keys.means_host(entry.key):
        yield from addresses.in_line(f"{entry.key}={entry.value}", entry.line)
        return
    for address in values.found(entry.key, entry.value, entry.line, " ".join(entry.parents[-2:])):
        if address.form is not Form.WEAK:
            yield replace(address, reason="a label") if address.port is None and _is_label(entry) else address


def _is_label(entry: Entry) -> bool:
    """Whether a name is only written on something: `labels: {service: cart}`."""
    return bool(entry.parents) and not _LABELS.isdisjoint(keys.words(entry.parents[-1]))


def walk(value: object, key: str, nested: Nested | None = None) -> Iterator[Address]:
    """Yield the addresses of a nested value, without lines.

    Args:
        value: Mappings, lists and texts, as JSON gives them.
        key: Key that it stands under.
        nested: Reads files that stand in its strings.
    """
    yield from judge(flat.entries(value, key), nested)


def _host(entry: Entry, beside: Mapping[str, Entry]) -> Iterator[Address]:
    """Join a host with the port and the scheme that stand beside it."""
    port = next((beside[name].value.strip("\"'") for name in ("port", "ports") if name in beside), "")
    bare = addresses.bare(entry.value)
    if not bare or not made.port_number(port):
        yield from _found(entry)
        return
    scheme = next(
        (beside[name].value.strip("\"'").lower() for name in ("scheme", "protocol", "tls", "ssl") if name in beside), ""
    )
    parents = " ".join(entry.parents[-2:])
    yield replace(
        bare,
        port=int(port),
        scheme=scheme if scheme in _SCHEMES else "",
        text=f"{entry.value} {port}",
        offset=entry.line,
        form=Form.SPLIT,
        sure=not entry.key.lower().endswith("service"),
        hint=keys.protocol(entry.key) or keys.protocol(parents) or _kind(beside, (*_TYPES, "name")),
        role=Role.LISTEN if keys.role(parents) is Role.LISTEN else keys.role(entry.key),
    )


def _kind(beside: Mapping[str, Entry], names: Iterable[str]) -> str:
    """Ask the type beside a host: `@type elasticsearch`, `Name es`, `driver: mysql`."""
    return next((keys.protocol(beside[name].value) for name in names if name in beside), "")
