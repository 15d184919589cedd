"""What a text was read as, in a form that a test can write down."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import config


def read(name: str, text: str, known: Mapping[str, str] | None = None) -> list[Address]:
    """Read a file; its text may be indented."""
    return list(config.read(name, textwrap.dedent(text), known or {}))


def calls(name: str, text: str, known: Mapping[str, str] | None = None) -> list[tuple[str, int | None, str, int]]:
    """Host, port, what is spoken and line from 1 of every address that counts as a call."""
    return [
        (a.host, a.port, a.scheme or a.hint, a.offset + 1)
        for a in read(name, text, known)
        if a.role is Role.TARGET and not a.reason and a.form is not Form.WEAK
    ]


def left_out(name: str, text: str, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """Why each other host is no call."""
    return {a.host: a.reason or a.role.reason for a in read(name, text, known) if a.role is not Role.TARGET or a.reason}
