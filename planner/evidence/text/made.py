"""Addresses from parts that a structured syntax keeps apart: a host, a port, what is spoken, and why it is no flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, values


def port_number(text: str) -> int | None:
    """Return a port that is written in a text, or None."""
    bare = text.strip().strip("\"'")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 6 and 0 < int(bare) < 65536 else None


def pair(
    host: str,
    port: str,
    line: int,
    *,
    scheme: str = "",
    hint: str = "",
    role: Role = Role.TARGET,
    reason: str = "",
) -> Iterator[Address]:
    """Yield the address of a host and a port that stand in two fields; of a host alone where there is no port.

    Args:
        host: Host name or address as written.
        port: Port as written, or an empty string.
        line: Line of the host.
        scheme: Scheme, where the syntax says what is spoken.
        hint: Protocol, where the syntax suggests one.
        role: What the address is for.
        reason: Why it is no flow.
    """
    bare = addresses.bare(host)
    if bare is None:
        return
    number = port_number(port)
    form = Form.SPLIT if number else (Form.QUALIFIED if "." in bare.host else Form.BARE)
    text = f"{bare.text}:{number}" if number else bare.text
    yield replace(
        bare, port=number, scheme=scheme, text=text, offset=line, form=form, hint=hint, role=role, reason=reason
    )


def written(
    key: str,
    text: str,
    line: int,
    *,
    scheme: str = "",
    hint: str = "",
    role: Role | None = None,
    reason: str = "",
    whole: bool = True,
) -> Iterator[Address]:
    """Yield the addresses in a text under a key, as the syntax around it understands them.

    Args:
        key: Name of the setting; says what a bare name means.
        text: Its value.
        line: Line of the value.
        scheme: Scheme of what is written without one.
        hint: Protocol, where the syntax suggests one.
        role: What the address is for; None lets the key say.
        reason: Why it is no flow.
        whole: Whether all lines of a text of several lines are counted from `line`.
    """
    for address in values.found(key, text, line):
        if address.form is Form.WEAK:
            continue
        yield replace(
            address,
            scheme=address.scheme or scheme,
            hint=hint or address.hint,
            role=address.role if role is None else role,
            reason=reason,
            offset=address.offset if whole else line,
        )
