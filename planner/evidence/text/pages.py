"""Pages for a browser (HTML): what they link to, the browser calls, and not the server that hands them out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Role
from planner.evidence.text import addresses
from planner.evidence.text.placeholders import expand

_LOOKS = re.compile(
    r"\s{0,200}(?:<!--[^>]{0,2000}-->\s{0,99})?<(?:!DOCTYPE\s{1,9}html|html|head|body|div|svg)\b", re.IGNORECASE
)
_REASON = "in a page for the browser"


def looks_like(text: str) -> bool:
    """Whether a text is a page."""
    return bool(_LOOKS.match(text))


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield what a page links to, marked as no call of the server.

    Args:
        text: The page.
        known: Variables of the container.
    """
    for offset, line in enumerate(text.splitlines()):
        for address in addresses.in_line(expand(line, known), offset):
            yield replace(address, role=Role.DISPLAY, reason=_REASON)
