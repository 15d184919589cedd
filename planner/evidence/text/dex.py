"""Dex, and what configures an identity provider of one's own: its issuer is its own name.

Source: dexidp.io/docs, `issuer`, `connectors`, `staticClients`; Ory Hydra, `urls.self.issuer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Role
from planner.evidence.text import general

_ISSUER = re.compile(r"^issuer:\s", re.MULTILINE)
_PARTS = re.compile(r"^(?:connectors|staticClients|enablePasswordDB|expiry|staticPasswords):", re.MULTILINE)


def looks_like(text: str) -> bool:
    """Whether a text configures Dex."""
    return "issuer:" in text and bool(_ISSUER.search(text) and _PARTS.search(text))


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the addresses of a configuration, the issuer as its own name.

    Args:
        text: YAML.
        known: Variables of the container.
    """
    match = _ISSUER.search(text)
    own = text[: match.start()].count("\n") if match else -1
    for address in general.read(text, known):
        if address.offset == own:
            yield replace(address, role=Role.PUBLIC, reason=Role.PUBLIC.reason)
        else:
            yield address
