"""Configuration of Apache, HAProxy, Envoy, Traefik, Caddy, Spring Cloud Gateway and oauth2-proxy.

Source: mod_proxy (`ProxyPreserveHost` is off), HAProxy configuration manual (Host is passed on as it came), Envoy
route.v3.RouteAction (Host is kept without a rewrite), Traefik load balancer (`passHostHeader` is true), Caddy
`reverse_proxy` (Host is kept), Spring Cloud Gateway filter PreserveHostHeader, oauth2-proxy (`pass-host-header`
is true).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from planner.checks.proxies.passing import VISITOR, Passing, Target, sent, target

_APACHE = re.compile(r"^\s*(?:ProxyPass(?:Match)?\s+\S+|BalancerMember)\s+\"?(https?://[^\s\"]+)", re.IGNORECASE)
_PRESERVE = re.compile(r"^\s*ProxyPreserveHost\s+on\b", re.IGNORECASE)
_APACHE_HOST = re.compile(r"^\s*RequestHeader\s+set\s+Host\s+[\"']?([\w.-]{1,253})", re.IGNORECASE)
_SECTION = re.compile(r"^\s*(global|defaults|frontend|backend|listen)\b(?:\s+(\S+))?")
_HAPROXY_SERVER = re.compile(r"^\s*server(?:-template)?\s+\S+\s+(?:\d+\s+)?([\w.-]+:\d+)(.*)$")
_HAPROXY_HOST = re.compile(r"^\s*http-request\s+(?:set|replace)-header\s+host\s+(\S+)", re.IGNORECASE)
_URI = re.compile(r"^\s*-?\s*(?:uri|url)\s*[:=]\s*[\"']?(http://[^\s\"']+)", re.IGNORECASE)
_CADDY = re.compile(r"^\s*reverse_proxy\s+(?:/\S*\s+|@\S+\s+)?(.+?)\s*\{?\s*$")
_UPSTREAMS = re.compile(r"(?:^|[\"'\s,\[=])(http://[^\s\"',\]]+)")


def apache(text: str) -> Iterator[Passing]:
    """Yield what Apache passes on; its own default is the target's name, which is right."""
    lines = text.splitlines()
    decided = next((n for n, line in enumerate(lines) if _PRESERVE.match(line) or _APACHE_HOST.match(line)), None)
    if decided is None:
        return
    written = _APACHE_HOST.match(lines[decided])
    host = written[1].lower() if written else VISITOR
    for number, line in enumerate(lines):
        match = _APACHE.match(line)
        one = target(match[1], number) if match else None
        if one:
            yield Passing("Apache", (one,), host, decided, lines[decided].strip(), True)


def haproxy(text: str) -> Iterator[Passing]:
    """Yield what HAProxy passes on in HTTP mode."""
    lines = text.splitlines()
    section, http, default_http, header = "", False, False, None
    everywhere = next((n for n, line in enumerate(lines) if _HAPROXY_HOST.match(line)), None)
    for number, line in enumerate(lines):
        opened = _SECTION.match(line)
        if opened:
            section, http, header = opened[1], default_http, None
        if re.match(r"^\s*mode\s+http\b", line):
            http, default_http = True, default_http or section == "defaults"
        header = number if _HAPROXY_HOST.match(line) else header
        server = _HAPROXY_SERVER.match(line)
        one = target(server[1], number) if server and http and " ssl" not in server[2] else None
        if one:
            decided = header if header is not None else everywhere
            written = _HAPROXY_HOST.match(lines[decided]) if decided is not None else None
            host = sent(written[1], one.host) if written else VISITOR
            where = decided if decided is not None else number
            yield Passing("HAProxy", (one,), host, where, lines[where].strip(), written is not None)


def envoy(text: str) -> Iterator[Passing]:
    """Yield the clusters of Envoy whose routes keep the Host or rewrite it to a text."""
    lines = text.splitlines()
    rewrites = {name: (value, number) for name, value, number in _routes(lines)}
    for name, one in _endpoints(lines):
        value, number = rewrites.get(name, (None, 0))
        if value == "auto" or name not in rewrites:
            continue
        host = value.lower() if value else VISITOR
        yield Passing("Envoy", (one,), host, number, lines[number].strip(), bool(value))


def _routes(lines: list[str]) -> Iterator[tuple[str, str | None, int]]:
    """Yield cluster, rewritten Host (`auto` for the target's own name) and line of every route."""
    for number, line in enumerate(lines):
        found = re.search(r"[\s{,]cluster:\s*[\"']?([\w.:-]+)", f" {line}")
        if not found:
            continue
        around = "\n".join(lines[max(0, number - 4) : number + 8])
        literal = re.search(r"host_rewrite(?:_literal)?:\s*[\"']?([\w.:-]+)", around)
        automatic = re.search(r"auto_host_rewrite:\s*true", around)
        yield found[1], "auto" if automatic else literal[1] if literal else None, number


def _endpoints(lines: list[str]) -> Iterator[tuple[str, Target]]:
    name, address = "", None
    inside = False
    for number, line in enumerate(lines):
        inside = inside or bool(re.match(r"^\s*clusters:", line))
        opened = re.match(r"^\s*-?\s*(?:name|cluster_name):\s*[\"']?([\w.:-]+)", line)
        if opened and inside and not opened[1].startswith("envoy."):
            name = opened[1]
        found = re.search(r"\baddress:\s*[\"']?([\w.-]+)", line)
        address = (found[1], number) if found and not found[1].startswith("0.") else address
        port = re.search(r"port_value:\s*(\d+)", line)
        if inside and address and port:
            yield name, Target(address[0].lower(), int(port[1]), address[1])
            address = None


def traefik(text: str) -> Iterator[Passing]:
    """Yield the servers of Traefik's dynamic configuration."""
    if not re.search(r"passHostHeader\s*[:=]\s*false", text):
        yield from _listed("Traefik", text, _URI, VISITOR, explicit=False)


def spring(text: str) -> Iterator[Passing]:
    """Yield the routes of Spring Cloud Gateway or Zuul that keep the Host."""
    lines = text.splitlines()
    kept = next((n for n, line in enumerate(lines) if _SPRING.search(line)), None)
    if kept is not None:
        literal = _SPRING_HOST.search(lines[kept])
        host = literal[1].lower() if literal else VISITOR
        for one in _listed("Spring Cloud Gateway", text, _URI, host, explicit=True):
            yield Passing(one.product, one.targets, host, kept, lines[kept].strip(), True)


_SPRING_HOST = re.compile(r"SetRequestHostHeader\s*=\s*([\w.-]{1,253})", re.IGNORECASE)
_SPRING = re.compile(r"PreserveHostHeader|SetRequestHostHeader|add-?host-?header\s*[:=]\s*true", re.IGNORECASE)


def caddy(text: str) -> Iterator[Passing]:
    """Yield what Caddy passes on without another Host."""
    rewritten = re.search(r"header_up\s+host\b", text, re.IGNORECASE)
    for number, line in enumerate(text.splitlines()) if not rewritten else ():
        match = _CADDY.match(line)
        for word in match[1].split() if match else ():
            one = target(word, number)
            if one and (one.port or "." in one.host):
                yield Passing("Caddy", (one,), VISITOR, number, line.strip(), False)


def oauth2_proxy(text: str) -> Iterator[Passing]:
    """Yield the upstreams of oauth2-proxy's configuration file, arguments or variables."""
    if re.search(r"pass[_-]host[_-]header[\"']?\s*[:=]?\s*[\"']?false", text, re.IGNORECASE):
        return
    for number, line in enumerate(text.splitlines()):
        if re.search(r"upstreams?\b", line, re.IGNORECASE):
            for match in _UPSTREAMS.finditer(line):
                one = target(match[1], number)
                if one:
                    yield Passing("oauth2-proxy", (one,), VISITOR, number, line.strip(), False)


def _listed(product: str, text: str, pattern: re.Pattern[str], host: str, *, explicit: bool) -> Iterator[Passing]:
    for number, line in enumerate(text.splitlines()):
        match = pattern.match(line)
        one = target(match[1], number) if match else None
        if one:
            yield Passing(product, (one,), host, number, line.strip(), explicit)


READERS: tuple[tuple[re.Pattern[str], Callable[[str], Iterator[Passing]]], ...] = (
    (re.compile(r"^\s*(?:ProxyPass|BalancerMember|<VirtualHost)\b", re.IGNORECASE | re.MULTILINE), apache),
    (re.compile(r"^\s*(?:backend|listen)\s+\S+\s*$.*^\s*server\s", re.MULTILINE | re.DOTALL), haproxy),
    (re.compile(r"static_resources:|@type.{1,80}envoy|route_config:", re.DOTALL), envoy),
    (re.compile(r"loadBalancer\b.*(?:url|servers)", re.DOTALL), traefik),
    (re.compile(r"cloud:?\.?\s*gateway|predicates:|zuul", re.DOTALL), spring),
    (re.compile(r"^\s*reverse_proxy\s", re.MULTILINE), caddy),
    (re.compile(r"^\s*upstreams\s*=", re.MULTILINE), oauth2_proxy),
)
"""Which text is whose, and its reader; the first that fits."""
