"""nginx configuration: where requests are passed on to.

Source: ngx_http_proxy_module, ngx_http_upstream_module, ngx_http_fastcgi_module, ngx_http_grpc_module,
ngx_http_uwsgi_module, ngx_stream_proxy_module, ngx_http_map_module, ngx_http_core_module (`resolver`),
the documentation of logging to syslog, and the image's start script, which fills in templates (`envsubst`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.hosts import is_host
from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, made, nginx_variables
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand

_UPSTREAM = re.compile(r"\bupstream\s{1,40}([\w.\-]{1,200})\s{0,40}\{")
_SERVER = re.compile(r"(?:^|[{;])\s{0,200}server\s{1,40}[\"']?([\w.\-\[\]:]{1,260})[\"']?(?=[\s;])")
_PASS = re.compile(
    r"(?:^|[{;\s])(proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass\s{1,40}[\"']?(?:([a-z]{2,8})://)?([\w.\-\[\]]{1,253})(?::(\d{1,5}))?(?=[/;\s\"'?$])"
)
_ANY_PASS = re.compile(r"_pass\s{1,40}[\"']?([^;\"'\s]{1,400})")
_DYNAMIC = re.compile(
    r"_pass\s{1,40}[\"']?(?:([a-z]{2,8})://)?([\w.\-]{0,253}\$[\w.\-${}]{1,253})(?::(\d{1,5}))?(?=[/;\s\"'?]|$)"
)
_VARIABLE = re.compile(r"\$\{?\w{1,100}\}?")
_SET = re.compile(r"(?:^|[{;])\s{0,200}set\s{1,40}\$(\w{1,100})\s{1,40}[\"']?([^\s;\"']{1,300})")
_RESOLVER = re.compile(r"(?:^|[{;])\s{0,200}resolver\s{1,40}([^;]{1,400});")
_SYSLOG = re.compile(r"syslog:server=([\w.\-]{1,253})(?::(\d{1,5}))?")
_OWN = re.compile(r"(?:^|[{;])\s{0,200}(listen|server_name)\s{1,40}([^;]{1,400});")
_TO_CLIENTS = re.compile(
    r"(?:^|[{;])\s{0,200}(?:return|rewrite|add_header|proxy_redirect|sub_filter|error_page|valid_referers|more_set_headers)\s([^;]{1,2000})"
)
_PROTOCOLS = {"http": "http", "grpc": "grpc", "memcached": "memcached", "fastcgi": "tcp", "uwsgi": "tcp", "scgi": "tcp"}
"""Kind of pass or scheme to what is spoken; `proxy_pass` without a scheme is a stream of whatever."""
_PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443}


def looks_like(text: str) -> bool:
    """Whether a text is nginx configuration that could pass requests on."""
    return ("_pass" in text or "upstream " in text) and ";" in text and ("{" in text or "_pass " in text)


def read(text: str, known: Mapping[str, str] | None = None) -> Iterator[Address]:
    """Yield the servers of upstreams and the targets of `*_pass`; the names of upstreams are no hosts.

    Args:
        text: The configuration.
        known: Variables of its container, for templates.
    """
    text = expand(text, known or {})
    lines = [stripped(raw) for raw in text.splitlines()]
    variables = nginx_variables.read(lines)
    groups = _groups("\n".join(lines))
    used = nginx_variables.reached(" ".join(word for line in lines for word in _ANY_PASS.findall(line)), variables)
    inside = ""
    for offset, line in enumerate(lines):
        opened = _UPSTREAM.search(line)
        inside = opened[1] if opened else inside
        if inside:
            yield from _servers(line, offset, groups[inside])
        if "}" in line:
            inside = ""
        yield from _around(line, offset)
        for filled in nginx_variables.fill(line, variables) if "_pass" in line and "$" in line else (line,):
            yield from _passes(filled, offset, groups)
            yield from _patterns(filled, offset)
        yield from _variables(line, offset, used)


def _groups(text: str) -> dict[str, str]:
    """Map each upstream's name to the kind of `_pass` that uses it."""
    names = dict.fromkeys(_UPSTREAM.findall(text), "")
    for match in _PASS.finditer(text):
        if match[3] in names:
            names[match[3]] = match[2] or match[1]
    return names


def _servers(line: str, offset: int, used_by: str) -> Iterator[Address]:
    for match in _SERVER.finditer(line):
        host, _, port = match[1].partition(":") if not match[1].startswith("[") else (match[1], "", "")
        name = host.strip("[]").lower().rstrip(".")
        if is_host(name) and not name.isdigit() and name != "unix":
            # A server without a port is reached on 80, whatever its Service offers.
            number = made.port_number(port) or 80
            scheme = used_by if used_by in _PORTS else ""
            hint = _PROTOCOLS.get(used_by, "")
            yield Address(name, number, scheme, match[0].strip(" {;"), offset, Form.PAIR, hint)


def _passes(line: str, offset: int, groups: dict[str, str]) -> Iterator[Address]:
    for match in _PASS.finditer(line):
        kind, scheme, host, port = match[1], match[2] or "", match[3].strip("[]").lower().rstrip("."), match[4]
        if match[3] in groups or not is_host(host) or host in ("unix", "http", "https"):
            continue
        number = int(port) if port and 0 < int(port) < 65536 else _PORTS.get(scheme)
        hint = _PROTOCOLS.get(scheme or kind, "") or _PROTOCOLS.get(kind, "")
        shown = scheme if scheme in _PORTS else ""
        yield Address(host, number, shown, match[0].strip(" {;"), offset, Form.URL if scheme else Form.PAIR, hint)


def _patterns(line: str, offset: int) -> Iterator[Address]:
    """Yield targets that a request chooses, as patterns, so that it is told why they are no flows."""
    for match in _DYNAMIC.finditer(line) if "$" in line else ():
        host = _VARIABLE.sub("*", match[2]).lower()
        if "." in host:
            yield Address(host, made.port_number(match[3] or ""), match[1] or "", match[0].strip(), offset)


def _variables(line: str, offset: int, used: frozenset[str]) -> Iterator[Address]:
    """Yield addresses put into a variable, where no `_pass` of the same file names it."""
    for match in _SET.finditer(line):
        if match[1] in used:
            continue
        seen = False
        for address in addresses.in_line(match[2], offset):
            seen = True
            yield address
        bare = None if seen else addresses.bare(match[2])
        if bare and bare.host.count(".") >= 2:
            yield addresses.moved(bare, offset)


def _around(line: str, offset: int) -> Iterator[Address]:
    """Yield the servers of DNS and syslog."""
    for match in _RESOLVER.finditer(line):
        for word in match[1].split()[:8]:
            for address in made.pair(*_cut(word), offset, scheme="dns", hint="dns") if "=" not in word else ():
                yield replace(address, port=address.port or 53, sure=False, form=Form.QUALIFIED)
    for match in _SYSLOG.finditer(line):
        yield from made.pair(match[1], match[2] or "514", offset, scheme="syslog", hint="syslog")


def left_out(text: str) -> Iterator[Address]:
    """Yield what only looks like a call: its own names, and words to clients.

    Args:
        text: The configuration.
    """
    for offset, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        for own in _OWN.finditer(line):
            role = Role.LISTEN if own[1] == "listen" else Role.PUBLIC
            for address in addresses.in_line(own[2], offset):
                yield replace(address, role=role, reason=role.reason)
        for words in _TO_CLIENTS.finditer(line):
            for address in addresses.in_line(words[1], offset):
                yield replace(address, role=Role.DISPLAY, reason="what clients are told")


def _cut(word: str) -> tuple[str, str]:
    if word.startswith("["):
        return word, ""
    host, _, port = word.partition(":")
    return host, port
