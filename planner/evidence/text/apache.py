"""Apache httpd configuration: where requests are passed on to.

Source: Apache HTTP Server documentation, mod_proxy, mod_proxy_balancer, mod_rewrite (flag P), mod_proxy_fcgi,
mod_authnz_ldap; Apache Tomcat Connectors, workers.properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from planner.evidence.sighting import Address, Form, Role
from planner.evidence.text import addresses, made, noise
from planner.evidence.text.comments import stripped
from planner.evidence.text.placeholders import expand

_LOOKS = re.compile(
    r"(?im)^\s{0,40}(?:ProxyPass(?:Match)?\s|BalancerMember\s|ProxyRemote\s|RewriteRule\s[^\n]{1,400}\[[^\]\n]{0,80}\bP\b"
    r"|SetHandler\s{1,9}\"?proxy:|AuthLDAPURL\s|<VirtualHost\s|worker\.[\w\-]{1,60}\.host\s{0,9}=)"
)
_MARKS = ("roxy", "Rewrite", "BalancerMember", "AuthLDAP", "VirtualHost", "worker.")
_CALLS = re.compile(
    r"(?i)^\s{0,200}(ProxyPass|ProxyPassMatch|BalancerMember|ProxyRemote|ProxyRemoteMatch|SetHandler|AuthLDAPURL"
    r"|OIDCProviderMetadataURL|OIDCOAuthIntrospectionEndpoint|SetOutputFilter|ProxySet|JkWorkerProperty)\s(.*)$"
)
_REWRITE = re.compile(r"(?i)^\s{0,200}RewriteRule\s{1,40}\S{1,400}\s{1,40}(\S{1,800})(?:\s{1,40}\[([^\]]{0,200})\])?")
_BACK = re.compile(
    r"(?i)^\s{0,200}(ProxyPassReverse|ProxyPassReverseCookieDomain|Redirect\w{0,20}|Header|ErrorDocument|ServerName"
    r"|ServerAlias)\s(.*)$"
)
_LISTEN = re.compile(r"(?i)^\s{0,200}(?:Listen\s|<VirtualHost\s)(.*)$")
_DEFINE = re.compile(r"(?i)^\s{0,200}Define\s{1,40}(\w{1,80})\s{1,40}[\"']?([^\s\"']{1,300})")
_WORKER = re.compile(r"^\s{0,40}worker\.([\w\-]{1,60})\.(host|port|type)\s{0,9}=\s{0,9}(\S{1,260})")
_PORTS = {"ajp": 8009, "ajp13": 8009, "fcgi": 8000, "scgi": 4000, "uwsgi": 3031, "h2c": 80, "h2": 443}
_SCHEMES = {"h2c": "http2", "h2": "https"}
_UNIX = re.compile(r"unix:[^|\s\"]{0,300}\|[a-z0-9]{2,6}://[^\s\"]{0,200}")


def looks_like(text: str) -> bool:
    """Whether a text is a configuration of Apache httpd or of its connector to Tomcat."""
    if not any(mark in text for mark in _MARKS):
        return False
    return bool(_LOOKS.search(text))


def read(text: str, known: Mapping[str, str]) -> Iterator[Address]:
    """Yield the targets of proxy rules; what rewrites answers or sends clients elsewhere is marked as no call.

    Args:
        text: The configuration.
        known: Variables of its container.
    """
    scope = dict(known)
    workers: dict[str, dict[str, tuple[str, int]]] = {}
    for offset, raw in enumerate(text.splitlines()):
        line = stripped(raw)
        if not line.strip():
            continue
        if define := _DEFINE.match(line):
            scope[define[1]] = expand(define[2], scope)
        line = expand(line, scope)
        if worker := _WORKER.match(line):
            workers.setdefault(worker[1], {})[worker[2]] = (worker[3], offset)
            continue
        yield from _line(line, offset)
    for worker_ in workers.values():
        host, offset = worker_.get("host", ("", 0))
        port = worker_.get("port", ("8009" if worker_.get("type", ("ajp13", 0))[0].startswith("ajp") else "", 0))[0]
        yield from made.pair(host, port, offset, hint="tcp")


def _line(line: str, offset: int) -> Iterator[Address]:
    call, rewrite = _CALLS.match(line), _REWRITE.match(line)
    if call:
        yield from _targets(_UNIX.sub(" ", call[2]), offset)
    elif rewrite:
        flags = {flag.strip().upper() for flag in (rewrite[2] or "").split(",")}
        passes = bool(flags & {"P", "PROXY"})
        for address in _targets(rewrite[1], offset):
            yield address if passes else replace(address, role=Role.DISPLAY, reason="where clients are sent to")
    elif back := _BACK.match(line):
        reason = "rewrites what comes back" if "reverse" in back[1].lower() else "a name or a link in answers"
        yield from (replace(address, reason=reason) for address in addresses.in_line(back[2], offset))
    elif listens := _LISTEN.match(line):
        yield from (replace(address, role=Role.LISTEN) for address in addresses.in_line(listens[1], offset))
    else:
        yield from (replace(address, sure=address.form is Form.URL) for address in _targets(line, offset))


def _targets(text: str, offset: int) -> Iterator[Address]:
    for address in addresses.in_line(text.replace("proxy:", " "), offset):
        if address.scheme == "balancer":
            yield replace(address, reason="the name of a group of servers")
            continue
        if address.scheme in _PORTS:
            port = address.port or _PORTS[address.scheme]
            spoken = _SCHEMES.get(address.scheme, "")
            yield replace(address, port=port, scheme=spoken, hint=spoken or "tcp")
        elif not noise.is_placeholder(address.host) or address.form is Form.URL:
            yield address
