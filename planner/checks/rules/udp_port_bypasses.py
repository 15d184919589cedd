"""Ports that no proxy ever sees.

What it finds:
    Service ports with the transport UDP or SCTP.

Why it matters:
    UDP is not redirected: it works as before, without mutual TLS, policy and metrics. A STRICT
    PeerAuthentication does not protect it. What becomes of SCTP is not known.

Blocked:
    ports:
      - name: dns
        port: 53
        protocol: UDP

Ready:
    ports:
      - name: dns-tcp
        port: 53
        protocol: TCP

How to fix:
    Nothing for the mesh; protect it with a NetworkPolicy where that matters.

Source: istio/istio tools/istio-iptables/pkg/capture/run.go.
Unverified: what becomes of SCTP.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import exposed
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP208",
    name="udp-port-bypasses",
    title="The mesh does not capture the transport of this port",
    severity=Severity.LOW,
    why="It works as before, without mutual TLS, policy and metrics.",
    fix="Nothing is needed for the mesh; protect the port with a NetworkPolicy where that matters.",
    kinds=("Service",),
    before=Before.ANY,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every port that is not TCP."""
    for port in exposed(context):
        if port.port.l4 == "TCP":
            continue
        where = cite(RULE, port.service.object, (*port.path, "protocol"))
        known = port.port.l4 == "UDP"
        message = f"{port.text} is {port.port.l4}, which passes every proxy by"
        unsure = f"{port.text} is {port.port.l4}; what the mesh does with it is not known"
        yield finding(
            RULE, port.service.ref, message if known else unsure, (where,),
            outcome=Outcome.ADVICE if known else Outcome.UNKNOWN, detail=port.detail,
        )  # fmt: skip
