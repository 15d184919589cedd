"""Host and port in two variables or two flags that belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form
from planner.evidence.text import keys
from planner.model.fields import int_at

_SHORTEST = len("X_PORT_")
_PORT_WORDS = ("PORT", "port", "Port")


def with_sibling(address: Address, name: str, known: Mapping[str, str]) -> Address:
    """Join a host with the port and the scheme of what stands beside it: `DB_HOST`, `DB_PORT`.

    Args:
        address: A bare host.
        name: Variable or flag that holds it.
        known: All variables or flags, by name.
    """
    port = next((p for n in _siblings(name, _PORT_WORDS) if (p := _number(known.get(n, "")))), None)
    scheme = next(
        (known[n].strip().lower() for n in _siblings(name, ("SCHEME", "PROTOCOL", "PROTO")) if n in known), ""
    )
    scheme = scheme if scheme in ("http", "https", "grpc") else ""
    if port is None:
        return replace(address, scheme=scheme)
    return replace(address, port=port, scheme=scheme, form=Form.SPLIT, sure=True, text=f"{address.text} {port}")


def several(address: Address, name: str, known: Mapping[str, str]) -> tuple[Address, ...]:
    """Join a host with the one port beside it, or with each of those that say for what: `X_HOST`, `X_PORT_GRPC`.

    Args:
        address: A bare host.
        name: Variable that holds it.
        known: All variables, by name.
    """
    one = with_sibling(address, name, known)
    if one.port is not None:
        return (one,)
    stems = [f"{sibling}_" for sibling in _siblings(name, ("PORT",))]
    found: dict[int, Address] = {}
    for other, text in known.items():
        stem = next((stem for stem in stems if len(stem) > _SHORTEST and other.startswith(stem)), "")
        port = _number(text) if stem else None
        if port is not None:
            said = keys.protocol(other.removeprefix(stem)) or ("http" if other.endswith("_HTTP") else "")
            shown = f"{address.text} {port}"
            found[port] = replace(one, port=port, form=Form.SPLIT, sure=True, text=shown, hint=said or address.hint)
    return tuple(found.values()) or (one,)


def _number(text: str) -> int | None:
    number = int_at({"port": text.strip()}, "port")
    return number if number and 0 < number < 65536 else None


def _siblings(name: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the names under which the port of a host variable may stand, nearest first."""
    for ending in endings:
        for word in (
            "HOSTNAME",
            "HOST",
            "ADDRESS",
            "ADDR",
            "SERVER",
            "SERVICE_NAME",
            "SERVICE",
            "ENDPOINT",
            "NAME",
            "URL",
        ):
            for host in (word, word.lower(), word.capitalize()):
                stem, found, rest = name.rpartition(host)
                if found and (not rest or not rest[0].isalnum()):
                    yield f"{stem}{ending}{rest}"
        yield f"{name}_{ending}"
        yield f"{name}.{ending.lower()}"
        yield f"{name}{ending.capitalize()}"
        yield f"{name}{ending}"
