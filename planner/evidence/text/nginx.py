"""nginx configuration: where requests are passed on to.

Source: ngx_http_proxy_module, ngx_http_upstream_module, ngx_http_fastcgi_module, ngx_http_grpc_module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence.hosts import is_host
from planner.evidence.sighting import Address, Form
from planner.evidence.text import addresses
from planner.evidence.text.comments import stripped

_UPSTREAM = re.compile(r"\bupstream\s{1,40}([\w.\-]{1,200})\s{0,40}\{")
_SERVER = re.compile(r"(?:^|[{;])\s{0,200}server\s{1,40}[\"']?([\w.\-\[\]:]{1,260})[\"']?(?=[\s;])")
_PASS = re.compile(
    r"(?:^|[{;\s])(proxy|grpc|fastcgi|uwsgi|scgi|memcached)_pass\s{1,40}[\"']?(?:([a-z]{2,8})://)?([\w.\-\[\]]{1,253})(?::(\d{1,5}))?(?=[/;\s\"'?$])"
)
_SET = re.compile(r"(?:^|[{;])\s{0,200}set\s{1,40}\$\w{1,100}\s{1,40}[\"']?([^\s;\"']{1,300})")
_PROTOCOLS = {"proxy": "http", "grpc": "grpc", "memcached": "memcached"}
_PORTS = {"http": 80, "https": 443, "grpc": 80, "grpcs": 443}


def looks_like(text: str) -> bool:
    """Whether a text is nginx configuration that could pass requests on."""
    return ("_pass" in text or "upstream " in text) and "{" in text and ";" in text


def read(text: str) -> Iterator[Address]:
    """Yield the servers of upstreams and the targets of `*_pass`; the names of upstreams are no hosts."""
    groups = _groups(text)
    inside = ""
    for offset, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        opened = _UPSTREAM.search(line)
        inside = opened[1] if opened else inside
        if inside:
            yield from _servers(line, offset, groups[inside])
        if "}" in line:
            inside = ""
        yield from _passes(line, offset, groups)
        yield from _variables(line, offset)


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
        if is_host(name) and not name.isdigit():
            # A server without a port is reached on 80, whatever its Service offers.
            number = int(port) if port.isdigit() and 0 < int(port) < 65536 else 80
            scheme = used_by if used_by in _PORTS else ""
            hint = _PROTOCOLS.get(used_by, "")
            yield Address(name, number, scheme, match[0].strip(" {;"), offset, Form.PAIR, hint)


def _passes(line: str, offset: int, groups: dict[str, str]) -> Iterator[Address]:
    for match in _PASS.finditer(line):
        kind, scheme, host, port = match[1], match[2] or "", match[3].strip("[]").lower().rstrip("."), match[4]
        if match[3] in groups or not is_host(host) or host in ("unix", "http", "https"):
            continue
        number = int(port) if port and 0 < int(port) < 65536 else _PORTS.get(scheme)
        hint = _PROTOCOLS.get(kind, "")
        yield Address(host, number, scheme, match[0].strip(" {;"), offset, Form.URL if scheme else Form.PAIR, hint)


def _variables(line: str, offset: int) -> Iterator[Address]:
    """Yield addresses put into a variable, which is how nginx is made to look a name up again and again."""
    for match in _SET.finditer(line):
        seen = False
        for address in addresses.in_line(match[1], offset):
            seen = True
            yield address
        bare = None if seen else addresses.bare(match[1])
        if bare and bare.host.count(".") >= 2:
            yield addresses.moved(bare, offset)
