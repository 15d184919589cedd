"""Addresses in the dialects that are neither a URL nor a host with a port: connection strings and their like.

Sources: libpq (connection strings), ADO.NET, Npgsql and MySQL Connector/NET (connection strings), Oracle Net (connect
descriptors, thin driver), MongoDB (replica sets), git (scp-like URLs), RFC 3986 (network-path references).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.hosts import is_host
from planner.evidence.sighting import Address, Form

_MEMBER = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,252}:\d{2,5}"
_DSN_HOST = re.compile(
    r"(?:^|[;\s,\"'])(?:host|server|data source|hostaddr|addr)\s{0,4}=\s{0,4}(?:tcp:)?"
    r"([A-Za-z0-9_][\w.\-]{0,252})(?:\\{1,4}[\w$]{1,60})?(?:[,:](\d{2,5}))?",
    re.IGNORECASE,
)
_DSN_PORT = re.compile(r"(?:^|[;\s,\"'])port\s{0,4}=\s{0,4}(\d{2,5})", re.IGNORECASE)
_DSN_MARKS = (
    ("postgres", re.compile(r"\b(?:dbname|sslmode|hostaddr|search path|username)\s{0,4}=", re.IGNORECASE)),
    (
        "sqlserver",
        re.compile(r"\b(?:initial catalog|data source|trustservercertificate)\s{0,4}=|=\s{0,4}tcp:", re.IGNORECASE),
    ),
)
"""Words that only one dialect of connection strings has."""
_IN_QUERY = re.compile(
    r"\b(postgres(?:ql)?|mysql|mariadb)(?:\+\w{1,20})?:///[^\s\"']{0,400}?[?&]host=([\w.\-]{1,253})(?:[^\s\"']{0,400}?&port=(\d{2,5}))?"
)
"""Where a URL of a database has no host, its query may."""
_RELATIVE = re.compile(r"[\"'(=]//([A-Za-z0-9][\w.\-]{0,252})(?::(\d{2,5}))?(?=[/\"'?)])")
"""An address that takes the scheme of the page it stands in."""
_GIT = re.compile(r"\bgit@([A-Za-z0-9][A-Za-z0-9.\-]{2,252}):(?!\d+/)[\w./~\-]+")
_ORACLE = re.compile(r"jdbc:oracle:thin:@/{0,2}([A-Za-z0-9_][\w.\-]{0,252}):(\d{2,5})")
_TNS = re.compile(
    r"\(\s{0,9}HOST\s{0,9}=\s{0,9}([\w.\-]{1,253})\s{0,9}\)\s{0,99}\(\s{0,9}PORT\s{0,9}=\s{0,9}(\d{2,5})", re.IGNORECASE
)
"""How Oracle's descriptors write an address."""
_REPLICA_SET = re.compile(rf"(?:^|[\s\"'=])[\w\-]{{1,60}}/((?:{_MEMBER},){{1,30}}{_MEMBER})(?![\w/])")
"""How MongoDB names a replica set before its members: `rs0/a:27017,b:27017`."""


def in_line(line: str, offset: int = 0) -> Iterator[Address]:
    """Yield the addresses of one line that are written in such a dialect.

    Args:
        line: The line, not too long.
        offset: Its number inside its text.
    """
    if ":" in line:
        yield from _with_colon(line, offset)
    if "=" in line and (match := _DSN_HOST.search(line)):
        yield from _dsn(match, line, offset)
    if "//" in line:
        yield from _relative(line, offset)
    if "(" in line:
        for match in _TNS.finditer(line):
            yield from _made(match[1], match[2], match[0], offset, "mysql" if "mysql" in line else "oracle")


def _relative(line: str, offset: int) -> Iterator[Address]:
    for match in _RELATIVE.finditer(line):
        host = match[1].lower().rstrip(".")
        if is_host(host) and ("." in host or match[2]):
            port = int(match[2]) if match[2] else None
            yield Address(host, port, "", match[0][1:], offset, Form.QUALIFIED, "http")


def _made(host: str, port: str, shown: str, offset: int, hint: str) -> Iterator[Address]:
    name = host.lower().rstrip(".")
    if is_host(name) and 0 < int(port) < 65536:
        yield Address(name, int(port), "", shown, offset, Form.PAIR, hint)


def _with_colon(line: str, offset: int) -> Iterator[Address]:
    for match in _GIT.finditer(line):
        yield Address(match[1].lower().rstrip("."), 22, "ssh", match[0], offset)
    if "," in line and "/" in line:
        for match in _REPLICA_SET.finditer(line):
            host, _, port = match[1].partition(",")[0].rpartition(":")
            yield from _made(host, port, f"{host}:{port}", offset, "mongo")
    if ":///" in line:
        for match in _IN_QUERY.finditer(line):
            yield Address(match[2].lower().rstrip("."), int(match[3]) if match[3] else None, match[1], match[0], offset)
    for match in _ORACLE.finditer(line):
        yield Address(match[1].lower(), int(match[2]), "jdbc:oracle", match[0], offset)


def _dsn(match: re.Match[str], line: str, offset: int) -> Iterator[Address]:
    """Read `host=db port=5432 user=…` and `Server=db,1433;Database=…`, never a lone `host=db`."""
    port = match[2] or (found[1] if (found := _DSN_PORT.search(line)) else "")
    many = line.count("=") > 1
    host = match[1].lower().rstrip(".")
    if many and is_host(host) and not host.isdigit():
        shown = f"host={host} port={port}" if port else f"host={host}"
        form = Form.SPLIT if port else Form.BARE
        hint = next((spoken for spoken, mark in _DSN_MARKS if mark.search(line)), "")
        yield Address(host, int(port) if port else None, "", shown, offset, form, hint)
