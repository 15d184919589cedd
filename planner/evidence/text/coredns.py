"""CoreDNS: the servers that questions are handed on to.

Source: coredns.io, plugins `forward` (a path is a file with servers of the node, `tls://` is port 853), `kubernetes`,
`etcd`, `grpc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form
from planner.evidence.text import addresses, made
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand

_LOOKS = re.compile(
    r"(?m)^\s{0,40}(?:(?:forward|proxy)\s{1,20}[\w.\-]{1,253}\s{1,20}\S[^;\n]{0,400}|kubernetes\s[^;\n]{0,400})$"
)
_BLOCK = re.compile(r"(?m)^\s{0,40}(?:[\w.\-*]{0,253}\.?:\d{1,5}|\.)(?:\s[^{;\n]{0,400})?\{")
_SCHEMES = {"": ("dns", 53), "dns": ("dns", 53), "tls": ("tls", 853), "grpc": ("grpc", 443), "https": ("https", 443)}
_SERVER = re.compile(r"(?:(dns|tls|grpc|https)://)?(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9][\w.\-]{0,252})(?::(\d{1,5}))?")


def looks_like(text: str) -> bool:
    """Whether a text is a Corefile."""
    if "{" not in text or not any(mark in text for mark in ("forward ", "proxy ", "kubernetes ")):
        return False
    return bool(_BLOCK.search(text) and _LOOKS.search(text)) and ";\n" not in text


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the servers that are asked for what is not answered here.

    Args:
        text: The Corefile.
        known: Variables of its container.
    """
    for offset, raw in enumerate(text.splitlines()):
        words = expand(stripped(raw), known).replace("{", " { ").split()
        if words[:1] in (["forward"], ["proxy"], ["grpc"]) and len(words) > 2:
            yield from _servers(words[2:], offset)
        elif words[:1] == ["upstream"]:
            yield from _servers(words[1:], offset)
        elif words[:1] == ["endpoint"]:
            yield from addresses.in_line(" ".join(words[1:]), offset)


def _servers(words: list[str], offset: int) -> Iterator[Address]:
    for word in words:
        if word == "{":
            return
        match = _SERVER.fullmatch(word)
        for address in made.pair(match[2], match[3] or "", offset) if match else ():
            scheme, port = _SCHEMES[(match[1] if match else "") or ""]
            yield replace(address, scheme=scheme, hint=scheme, port=address.port or port, form=Form.PAIR)
