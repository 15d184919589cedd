"""Proxies that send another Host than the Service's name, as the rule `proxy-rewrites-host` found them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from planner.model.finding import Finding, Outcome
from planner.model.refs import SERVICE, Ref

RULE = "proxy-rewrites-host"
_DETAIL = re.compile(r"host=(?P<host>[^;]*);to=(?P<namespace>[^/;]+)/(?P<name>[^:;]+)(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True, order=True)
class HostRewrite:
    """One proxy that sends a Host of its own to a Service.

    Attributes:
        proxy: The workload that sends it.
        host: The Host it sends; empty or a variable (`$host`) where it is not one fixed name.
        target: The Service.
        port: Port of the Service, None where it is not known.
    """

    proxy: Ref
    host: str
    target: Ref
    port: int | None


def host_rewrites(findings: Iterable[Finding]) -> tuple[HostRewrite, ...]:
    """Read the rewrites off the findings, sorted; one without a readable detail gives none (see `rewriters`)."""
    found = set()
    for finding in _concerned(findings):
        match = _DETAIL.search(finding.detail)
        if match:
            target = Ref(match["namespace"], match["name"], SERVICE)
            port = int(match["port"]) if match["port"] else None
            found.add(HostRewrite(finding.subject, match["host"].strip().lower(), target, port))
    return tuple(sorted(found, key=lambda r: (r.target, r.host, r.proxy, r.port or 0)))


def rewriters(findings: Iterable[Finding]) -> frozenset[Ref]:
    """Name every proxy that rewrites Host somewhere."""
    return frozenset(finding.subject for finding in _concerned(findings))


def _concerned(findings: Iterable[Finding]) -> Iterable[Finding]:
    wanted = (Outcome.BLOCKED, Outcome.ADVICE, Outcome.UNKNOWN)
    return (finding for finding in findings if finding.name == RULE and finding.outcome in wanted)
