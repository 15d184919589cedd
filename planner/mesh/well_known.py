"""What is probably spoken, from a URL's scheme, a port, an image or a port's name.

Each function gives a word of `spoken.CARRIERS` or None, and never raises. They are hints: a scheme is
nearly a statement, a port number or an image name only a habit. The caller says how sure it is.
"""

from __future__ import annotations

import re

from planner.mesh.spoken import SECURED
from planner.mesh.well_known_ports import HABITS_OF_HTTP, PORTS
from planner.mesh.well_known_tables import (
    EDITIONS,
    IMAGES,
    NAMES,
    NOT_A_SERVER,
    SCHEME_PORTS,
    SCHEMES,
)

__all__ = (
    "HABITS_OF_HTTP",
    "default_port",
    "from_image",
    "from_port",
    "from_port_name",
    "from_scheme",
    "repository_words",
)

_JDBC_PREFIX = re.compile(r"^(?:jdbc|r2dbc)(?::(?:pool|tc|tracing))*:", re.IGNORECASE)


_PROGRAMS = frozenset(("server", "web", "app", "frontend", "backend", "api", "service", "worker"))
"""Words before a product in an image's name that say: this program works with it."""


def from_scheme(scheme: str) -> str | None:
    """Tell what is spoken to a URL of this scheme: `https`, `amqp`, `postgresql+asyncpg`, `jdbc:sqlserver`."""
    return _first(SCHEMES, _scheme_keys(scheme))


def default_port(scheme: str) -> int | None:
    """Give the port of a URL that names none; JDBC sub-schemes (`jdbc:oracle:thin`) are understood too."""
    for key in _scheme_keys(scheme):
        if key in SCHEME_PORTS:
            return SCHEME_PORTS[key]
    return None


def from_port(port: int) -> str | None:
    """Tell what is usually spoken on a port number; numbers with several habits give None."""
    return PORTS.get(port)


def from_image(image: str) -> str | None:
    """Tell what a container of this image serves, by the last part of its name, or the last two.

    `registry:5000/team/mysql:8.4@sha256:…` is `mysql`; `shop-mysql` too; `mysqld-exporter` is None.
    """
    parts = _repository(image).split("/")
    whole = parts[-1]
    pair = "/".join(parts[-2:])
    if pair in IMAGES:
        return IMAGES[pair]
    if whole in IMAGES:
        return IMAGES[whole]
    words = [word for word in re.split(r"[-_.]", whole) if word]
    if NOT_A_SERVER.intersection(words):
        return None
    if len(words) > 1 and words[-2] in _PROGRAMS:  # `app-server-mysql`: the last word is what it uses
        return None
    while words and (words[-1] in EDITIONS or words[-1].isdigit()):
        words.pop()
    return IMAGES.get(words[-1]) if words else None


def repository_words(image: str) -> tuple[str, ...]:
    """Cut the last part of an image's name into words: `registry/team/config-server:2` is `config`, `server`."""
    return tuple(word for word in re.split(r"[-_.]", _repository(image).rpartition("/")[2]) if word)


def from_port_name(name: str) -> str | None:
    """Tell what a port's name says: `http-metrics`, `tcp-postgres`, `amqp-ssl`, `client-https`.

    A word that names a protocol beats a word that names only a carrier, such as `tcp` in `tcp-redis`.
    """
    lowered = name.lower()
    if lowered in NAMES:
        return NAMES[lowered]
    words = [word for word in re.split(r"[-_.]", lowered) if word]
    found = [NAMES[word] for word in words if word in NAMES]
    specific = [spoken for spoken in found if spoken not in ("tcp", "tls", "udp")]
    if not specific:
        return found[0] if found else None
    secured = "tls" in found
    return SECURED.get(specific[0], specific[0]) if secured else specific[0]


def _first(table: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((table[key] for key in keys if key in table), None)


def _scheme_keys(scheme: str) -> tuple[str, ...]:
    """Give what to look a scheme up by, the most exact first."""
    plain = _JDBC_PREFIX.sub("", scheme.strip().lower()).partition("://")[0].strip(":")
    base = plain.split(":")[0]
    # `postgresql+asyncpg` names a driver after the plus; `git+ssh` the transport, and is in the table whole.
    return plain, base, base.partition("+")[0]


def _repository(image: str) -> str:
    """Cut digest and tag off an image reference."""
    name = image.strip().lower().partition("@")[0]
    head, slash, tail = name.rpartition("/")
    return head + slash + tail.partition(":")[0]
