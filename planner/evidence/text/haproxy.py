"""HAProxy configuration: the servers of its backends; what it binds to is no call.

Source: HAProxy configuration manual, sections `proxies`, `server`, `peers`, `resolvers`, `mailers`, `log`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from planner.evidence.sighting import Address, Role
from planner.evidence.text import addresses, made
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand

_SECTION = re.compile(
    r"(global|defaults|frontend|backend|listen|peers|resolvers|mailers|ring|log-forward|fcgi-app|cache|userlist|program)\b"
)
_LOOKS = re.compile(r"^\s{0,20}(?:backend|listen|frontend|defaults|global|peers)\b[^{;=\n]{0,200}(?<!:)$", re.MULTILINE)
_SERVES = re.compile(r"^\s{0,20}(?:server|server-template|bind)\s{1,20}\S", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:ipv4@|ipv6@|udp@|tcp@|quic4@|[a-z0-9]{3,5}\+)?(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_][\w.\-]{0,252})(?::(\d{1,5}))?$"
)
_CHECKS = {
    "redis-check": "redis", "mysql-check": "mysql", "pgsql-check": "postgres", "ldap-check": "ldap", "smtpchk": "smtp",
}  # fmt: skip
_MOST_LINES = 50_000


@dataclass(slots=True)
class _State:
    """The section that a line stands in, and what its proxies speak."""

    section: str = ""
    mode: str = ""
    default_mode: str = "tcp"
    default_port: str = ""
    tls: bool = False

    def enter(self, section: str) -> None:
        self.section, self.mode, self.default_port, self.tls = section, self.default_mode, "", False

    def set_mode(self, mode: str) -> None:
        self.mode = mode
        if self.section == "defaults":
            self.default_mode = mode


def looks_like(text: str) -> bool:
    """Whether a text is a configuration of HAProxy."""
    if "server" not in text and "bind" not in text:
        return False
    return bool(_LOOKS.search(text) and _SERVES.search(text)) and ";\n" not in text


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the servers, the resolvers, the peers and the log servers; what it binds to is marked as its own.

    Args:
        text: The configuration.
        known: Variables of its container.
    """
    state = _State()
    modes = _modes(text)
    for offset, raw in enumerate(text.splitlines()[:_MOST_LINES]):
        words = expand(stripped(raw), known).replace('"', "").split()
        if not words:
            continue
        if _SECTION.fullmatch(words[0]):
            state.enter(words[0])
            state.mode = modes.get(offset, state.mode)
        yield from _line(words, offset, state)


def _modes(text: str) -> dict[int, str]:
    """Map the line of each section to the mode or the check that it sets, wherever in the section."""
    found: dict[int, str] = {}
    start = 0
    for offset, raw in enumerate(text.splitlines()[:_MOST_LINES]):
        words = raw.split()
        if words and _SECTION.fullmatch(words[0]):
            start = offset
        elif words[:1] == ["mode"] and len(words) > 1:
            found.setdefault(start, words[1])
        elif words[:1] == ["option"] and len(words) > 1 and words[1] in _CHECKS:
            found[start] = _CHECKS[words[1]]
    return found


def _line(words: list[str], offset: int, state: _State) -> Iterator[Address]:
    first, rest = words[0], words[1:]
    if first == "mode" and rest:
        state.set_mode(state.mode if state.mode in _CHECKS.values() else rest[0])
    elif first == "default-server":
        state.tls = "ssl" in rest
        state.default_port = _after(rest, "port")
    elif first == "bind":
        for word in rest[:1]:
            yield from (replace(a, role=Role.LISTEN) for a in _address(word, offset, state))
    elif first == "server" and len(rest) > 1:
        yield from _server(rest[1], rest[2:], offset, state)
    elif first == "server-template" and len(rest) > 2:
        yield from _server(rest[2], rest[3:], offset, state)
    elif first in ("peer", "mailer") and len(rest) > 1:
        hint = "smtp" if first == "mailer" else "tcp"
        yield from (replace(a, scheme="", hint=hint) for a in _address(rest[1], offset, state))
    elif first == "nameserver" and len(rest) > 1:
        yield from (replace(a, scheme="dns", hint="dns", port=a.port or 53) for a in _address(rest[1], offset, state))
    elif first == "log" and rest:
        yield from (replace(a, scheme="syslog", hint="syslog") for a in _address(rest[0], offset, state))
    elif first in ("http-request", "http-response", "redirect", "errorloc", "errorloc302", "errorloc303"):
        for address in addresses.in_line(" ".join(rest), offset):
            yield replace(address, role=Role.DISPLAY, reason="where clients are sent to")


def _after(words: list[str], name: str) -> str:
    return words[words.index(name) + 1] if name in words[:-1] else ""


def _server(text: str, options: list[str], offset: int, state: _State) -> Iterator[Address]:
    secured = ("ssl" in options or state.tls) and "no-ssl" not in options
    for address in _address(text, offset, state):
        hint = "http2" if _after(options, "proto") == "h2" else state.mode
        hint = "" if hint in ("tcp", "log", "spop", "health") else hint
        scheme = ("https" if state.mode == "http" else "tls") if secured else ("http" if hint == "http" else "")
        yield replace(address, scheme=scheme, hint=hint)


def _address(text: str, offset: int, state: _State) -> Iterator[Address]:
    match = _ADDRESS.match(text)
    if match:
        yield from made.pair(match[1], match[2] or state.default_port, offset)
