"""A key and its value to the addresses in it: the one judgement that variables, flags and files share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, keys
from planner.evidence.text.noise import is_domain

_LIST = re.compile(r"[,;\s]+")
_ITEM_KEY = re.compile(r"^[\w.\-]{1,60}=")
_REGISTRY = re.compile(r"^([a-z0-9][a-z0-9.\-]*\.[a-z]{2,})(?::(\d{2,5}))?/[\w./\-]+(?::[\w.\-]+)?$")
_SLASHED = re.compile(r"([a-z0-9][a-z0-9\-]{0,62})/([a-z0-9][a-z0-9\-]{0,62})(?::(\d{1,5})(?::PROXY){0,2})?")
NO_ADDRESS = re.compile(
    r"""\s*["']?(?:-?[\d_]+(?:\.\d+)?\s?(?:[munµ]?s|min|[mhdkKMGT%]|[kKMGT]i?[bB]?)?|true|false|yes|no|on|off|null|none"""
    r"""|info|debug|warn|warning|error|trace|)["']?\s*""",
    re.IGNORECASE,
)
"""Numbers, durations, sizes, switches and log levels: most values of most files, and never a host."""
_INHERITED = (Role.EXEMPT, Role.DISPLAY, Role.CERTIFICATE, Role.LISTEN, Role.IMAGE)
"""What a key says for all that stands under it."""
_NOT_ONLY_ADDRESSES = re.compile(r"[\s(){}<>|]")


def found(key: str, value: str, offset: int = 0, parents: str = "") -> Iterator[Address]:
    """Yield the addresses in a value, each with its role, its hint and how sure it is.

    Args:
        key: Name of the variable, flag or setting.
        value: Its text, one line or several.
        offset: Line of the value inside its text.
        parents: Keys that it stands under, in one text.
    """
    if NO_ADDRESS.fullmatch(value):
        return
    role = keys.role(key)
    if role is Role.TARGET and parents and keys.role(parents) in _INHERITED:
        role = keys.role(parents)
    hint = keys.protocol(key) or keys.protocol(parents)
    seen = False
    sure = not _NOT_ONLY_ADDRESSES.search(value.strip())
    for line, text in enumerate(value.splitlines()):
        for address in addresses.in_line(text, offset + line):
            seen = True
            certain = sure or address.form is Form.URL
            yield replace(
                address, role=role, hint=hint if address.hint in ("", "http") and hint else address.hint, sure=certain
            )
    if not seen and (slashed := _SLASHED.fullmatch(value.strip())):
        yield from _slashed(slashed, key, role, offset)
    elif not seen and role in (Role.TARGET, Role.PUBLIC):
        yield from _unmarked(key, value, role, hint, offset)


def _slashed(match: re.Match[str], key: str, role: Role, offset: int) -> Iterator[Address]:
    """Read `namespace/name:port`, and `namespace/name` where the key says that it is a backend.

    Source: ingress-nginx, the ConfigMap of TCP services and `--default-backend-service`.
    """
    host = f"{match[2]}.{match[1]}"
    if match[3]:
        yield Address(host, int(match[3]), "", match[0], offset, Form.PAIR, sure=False, role=role)
    elif {"backend", "upstream"}.intersection(keys.words(key)):
        yield Address(host, None, "", match[0], offset, Form.QUALIFIED, sure=False, role=role)


def _unmarked(key: str, value: str, role: Role, hint: str, offset: int) -> Iterator[Address]:
    """Yield bare names, alone or in a list, and registries."""
    items = [_ITEM_KEY.sub("", item) for item in _LIST.split(value.strip().strip("[]")) if item][:50]
    if _names_registry(key):
        yield from _registries(items, offset)
        return
    form = Form.BARE if keys.means_host(key) else Form.WEAK
    for item in items if len(items) == 1 or form is Form.BARE else ():
        address = addresses.bare(item)
        if address is None or (form is Form.WEAK and "." not in address.host and not keys.may_mean_host(key)):
            continue
        shape = Form.QUALIFIED if form is Form.WEAK and "." in address.host else form
        yield replace(address, role=role, hint=hint, offset=offset, form=shape, sure=keys.surely_means_host(key))


@cache
def _names_registry(key: str) -> bool:
    words = keys.words(key)
    return (
        bool({"repository", "registry", "mirror", "repositories", "mirrors"}.intersection(words))
        and "image" not in words
    )


def _registries(items: list[str], offset: int) -> Iterator[Address]:
    """Yield the hosts of OCI references that a process itself fetches: `ghcr.io/org/db:2`.

    Source: OCI distribution: the part before the first slash is the registry when it holds a dot or a port.
    """
    for item in items:
        match = _REGISTRY.match(item)
        if match and is_domain(match[1]):
            yield Address(match[1], int(match[2] or 443), "https", item, offset, Form.URL)
