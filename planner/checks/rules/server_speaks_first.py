"""Servers that greet first, behind a proxy that waits for the client.

What it finds:
    Ports of MySQL, SMTP, FTP, SSH, NATS and the like. Left to detection they hang at once; declared TCP they still
    hang for callers without a sidecar while the server's own sidecar is PERMISSIVE.

Why it matters:
    The proxy waits for the client's first bytes, the client waits for the greeting, and there is no time limit.
    Nothing fails, so nothing raises an alarm.

Blocked:
    ports:
      - name: db              # mysql:8
        port: 3307

Ready:
    ports:
      - name: http
        port: 8080

How to fix:
    Declare the port `tcp`; let its callers join before it, or keep its port out of PERMISSIVE with `portLevelMtls`.

Source: istio.io ops/deployment/application-requirements (Server First Protocols); istio/istio
pilot/pkg/networking/core/filterchain_options.go.
Unverified: that a plaintext caller hangs at a TCP-declared PERMISSIVE port was read, not tried.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.checks.witnesses import Witness, witnesses
from planner.checks.words import some
from planner.mesh.server_first import hangs, speaks_first
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP206",
    name="server-speaks-first",
    title="The server speaks first and a proxy waits for the client",
    severity=Severity.HIGH,
    why="Connections hang without an error.",
    fix="Set `appProtocol: tcp` on the port before the first sidecar at either end, and let its callers join first.",
    kinds=("Service",),
    before=Before.RESTART,
)

_OUTSIDE_FIX = (
    "Let every caller join before the server, or set `portLevelMtls` DISABLE for its container port until they have."
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every port on which the server speaks first."""
    for port in exposed(context):
        if port.port.l4 != "TCP":
            continue
        found = witnesses(context, RULE, port)
        greeting = _greeting(port, found)
        if greeting is not None:
            yield from _finding(context, port, *greeting)


def _finding(context: Context, port: Exposed, witness: Witness | None, reason: str) -> Iterator[Finding]:
    kind = port.declared.protocol.data_path_class
    waits = hangs(kind, caller_has_sidecar=True, callee_has_sidecar=True, encrypted=True, mode="PERMISSIVE")
    where = (cite(RULE, port.service.object, port.field), *((witness.evidence,) if witness else ()))
    sure = witness is None or witness.strength > 1 or witness.spoken == port.declared.protocol.lower()
    if waits:
        verb = "hangs" if sure else "may hang"
        message = f"{port.text} {verb} behind sidecars: {reason}, and {waits} ({_callers(context, port)})"
        yield finding(
            RULE, port.service.ref, message, where, outcome=Outcome.BLOCKED if sure else Outcome.UNKNOWN,
            confidence=0.95 if sure else 0.5, detail=port.detail,
        )  # fmt: skip
    elif sure:
        yield finding(
            RULE, port.service.ref, _for_outsiders(context, port, reason), where, outcome=Outcome.ADVICE,
            severity=Severity.MEDIUM, confidence=0.9, fix=_OUTSIDE_FIX, detail=port.detail,
        )  # fmt: skip


def _greeting(port: Exposed, found: tuple[Witness, ...]) -> tuple[Witness | None, str] | None:
    """Give the witness and the reason where the strongest word is one of a greeting server."""
    word = port.declared.protocol.lower()
    if found:
        first = speaks_first(found[0].spoken)
        return (found[0], first.reason) if first else None
    said = speaks_first(word)
    return (None, said.reason) if said else None


def _for_outsiders(context: Context, port: Exposed, reason: str) -> str:
    whom = _callers(context, port)
    return f"{port.text} hangs for callers without a sidecar once its pods have one: {reason} ({whom})"


def _callers(context: Context, port: Exposed) -> str:
    flows = context.graph.calls_to(port.service.ref)
    callers = [f.source.text for f in flows if f.port == port.port.number and not f.background]
    return f"callers: {some(callers)}" if callers else "no caller was found"
