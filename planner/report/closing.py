"""When what may be closed, in words that every report uses: ports with their plaintext callers, gaps of egress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.model.readiness import EgressGap, PlaintextCaller, PortReadiness, Readiness

MOST = 6
"""Callers that one line names."""


def waiting_ports(items: Iterable[Readiness]) -> tuple[PortReadiness, ...]:
    """Return the ports that some caller still reaches as plaintext when its own pods have a proxy, in order."""
    return tuple(port for item in items for port in item.ports if any(c.holds for c in port.callers))


def hinted_ports(items: Iterable[Readiness]) -> tuple[tuple[PortReadiness, PlaintextCaller], ...]:
    """Return the calls that are too uncertain to wait for, each with its port."""
    return tuple(
        (port, caller)
        for item in items
        for port in item.ports
        for caller in port.callers
        if not caller.certain and not caller.harmless
    )


def place(port: PortReadiness) -> str:
    """Name a port: `shop/cart port 8080`."""
    return f"{port.workload} port {port.port}" if port.port is not None else f"{port.workload} other ports"


def since(port: PortReadiness) -> str:
    """Say from which phase on a port may refuse plaintext."""
    return "stays open" if port.phase is None else f"phase {port.phase}"


def callers(port: PortReadiness) -> tuple[str, ...]:
    """Name the callers that the port waits for, the last to stop first; the rest is counted."""
    known = [caller_line(c.caller, c.text, c.until) for c in port.callers if c.holds]
    left = len(known) - MOST
    return (*known[:MOST], f"and {left} more, in plan.json") if left > 1 else tuple(known)


def caller_line(caller: str, text: str, until: int | None) -> str:
    """Write one caller: `shop/web is not in the mesh yet (until phase 3)`."""
    end = "for good" if until is None else f"until phase {until}"
    return f"{caller} {text} ({end})"


def gap_line(gap: EgressGap) -> str:
    """Write one gap, with what is spoken and how many calls it concerns."""
    hint = "" if gap.certain else "; uncertain"
    number = len(gap.flows)
    return f"{gap.text} ({gap.protocol}, {number} call{'' if number == 1 else 's'}{hint})"


def port_lines(item: Mapping[str, Any]) -> list[str]:
    """Write the waiting ports of one namespace of a `Plan` document; one written by an older meshplan has none."""
    lines = []
    for port in item.get("ports", ()):
        holding = [c for c in port["callers"] if c["certain"] and not c["harmless"]]
        if holding:
            number = "other ports" if port["port"] is None else f"port {port['port']}"
            when = "stays open" if port["phase"] is None else f"from phase {port['phase']}"
            lines.append(f"  - {port['workload']} {number}, {when}:")
            lines += [f"      - {caller_line(c['from'], c['text'], c['until'])}" for c in holding]
    return lines


def hint_lines(item: Mapping[str, Any]) -> list[str]:
    """Write the uncertain callers of one namespace of a `Plan` document."""
    return [
        f"  - {c['flow']}: {c['text']}"
        for port in item.get("ports", ())
        for c in port["callers"]
        if not c["certain"] and not c["harmless"]
    ]
