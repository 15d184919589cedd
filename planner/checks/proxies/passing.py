"""What a proxy's configuration says about one place where it passes requests on."""

from __future__ import annotations

import re
from dataclasses import dataclass

VISITOR = "$host"
"""The Host that the visitor sent, handed on as it came."""

_AUTHORITY = re.compile(
    r"^(?:(?P<scheme>[a-z][a-z0-9+]{1,10})://)?(?P<host>\[[0-9a-f:]{2,45}\]|[\w.-]{1,253})(?::(?P<port>\d{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go.

    Attributes:
        host: Host name, lower case.
        port: Port, or None where none is written.
        offset: Line of the place that names it, from 0.
    """

    host: str
    port: int | None
    offset: int


@dataclass(frozen=True, slots=True)
class Passing:
    """One place where a proxy passes requests on.

    Attributes:
        product: `nginx`, `Apache` …
        targets: Where to; several for a group of servers.
        host: Host that is sent: a literal, `VISITOR`, or an empty string where the text does not tell.
        offset: Line that decides the Host, from 0.
        text: That line.
        explicit: Whether the Host is set there; otherwise it is the product's default.
    """

    product: str
    targets: tuple[Target, ...]
    host: str
    offset: int
    text: str
    explicit: bool


def target(text: str, offset: int) -> Target | None:
    """Read `http://host:port/…` or `host:port`; None for TLS (routed by SNI, not by Host) and for no host."""
    match = _AUTHORITY.match(text.strip().strip("\"'").lower())
    if not match or (match["scheme"] or "http") in ("https", "grpcs", "wss", "ajp", "fcgi", "unix"):
        return None
    return Target(match["host"].strip("[]"), int(match["port"]) if match["port"] else None, offset)


def sent(value: str, default: str) -> str:
    """Say which Host a header's value means.

    Args:
        value: As written: a literal or a variable.
        default: What the product's own variable for the target stands for.
    """
    bare = value.strip("\"'").partition(":$")[0]
    if bare in ("$proxy_host", "${proxy_host}"):
        return default
    if "$" in bare or "%" in bare or "{" in bare:
        return VISITOR if re.search(r"host|server_name|req\.hdr", bare) else ""
    return bare.lower()
