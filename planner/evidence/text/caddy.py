"""Caddyfile: where requests are passed on to; the addresses of sites are its own.

Source: caddyserver.com/docs, Caddyfile directives `reverse_proxy`, `php_fastcgi`, `forward_auth`, `redir`, `log`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Role
from planner.evidence.text import addresses, made
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand

_LOOKS = re.compile(r"(?m)^\s{0,80}(?:reverse_proxy|php_fastcgi|forward_auth|proxy\s{1,9}/\S{0,200})(?:\s|$)")
_UPSTREAM = re.compile(
    r"(?:(https?|h2c|fastcgi)://)?(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9][\w.\-]{0,252})(?::(\d{1,5}))?(?:/\S{0,400})?"
)
_PASSES = {"reverse_proxy": "http", "proxy": "http", "to": "http", "php_fastcgi": "tcp", "forward_auth": "http"}
_SITE = re.compile(r"^(\S[^{}]{0,2000})\{\s*$")
_SCHEMES = {"h2c": "http2", "fastcgi": ""}


def looks_like(text: str) -> bool:
    """Whether a text is a Caddyfile that passes requests on."""
    return "{" in text and bool(_LOOKS.search(text)) and '"reverse_proxy"' not in text


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the targets of proxies; sites and redirects are marked as no calls.

    Args:
        text: The Caddyfile.
        known: Variables of its container.
    """
    depth = 0
    for offset, raw in enumerate(text.splitlines()):
        line = expand(stripped(raw), known)
        words = line.split()
        if depth == 0 and (site := _SITE.match(line)):
            for address in addresses.in_line(site[1], offset):
                yield replace(address, role=Role.PUBLIC, reason=Role.PUBLIC.reason)
        elif words and words[0] in _PASSES:
            yield from _targets(words[1:], offset, _PASSES[words[0]])
        elif words[:1] == ["redir"]:
            for address in addresses.in_line(line, offset):
                yield replace(address, role=Role.DISPLAY, reason="where clients are sent to")
        elif words:
            yield from addresses.in_line(line, offset)
        depth = max(0, depth + line.count("{") - line.count("}") - 0 if "{$" not in line else depth)


def _targets(words: list[str], offset: int, hint: str) -> Iterator[Address]:
    for word in words:
        match = _UPSTREAM.fullmatch(word)
        if match is None or word.startswith(("unix/", "/", "*", "@")):
            continue
        written = match[1] or ("http" if hint == "http" else "")
        scheme = _SCHEMES.get(written, written)
        port = match[3] or {"http": "80", "https": "443", "http2": "80"}.get(scheme, "")
        yield from made.pair(match[2], port, offset, scheme=scheme, hint=hint)
