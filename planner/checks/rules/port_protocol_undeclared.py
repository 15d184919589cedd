"""Service ports that do not say what is spoken.

What it finds:
    Ports for which Istio's parser finds neither a known `appProtocol` nor a known prefix of the name. As mere
    advice also those that are taken for TCP only because of their number.

Why it matters:
    The protocol is then detected from the first bytes of each connection. That works where the client speaks
    first, and hangs where the server does. Where nobody can say who speaks first, that must be found out.

Blocked:
    ports:
      - name: web
        port: 8080

Ready:
    ports:
      - name: http-web
        port: 8080

How to fix:
    Set `appProtocol` once it is certain what is spoken; not to an HTTP kind while a caller sends another Host.

Source: istio/istio pkg/config/kube/conversion.go, pilot/pkg/networking/core/filterchain_options.go; istio.io
ops/deployment/application-requirements (Server First Protocols).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.checks.witnesses import Witness, agreed, witnesses
from planner.mesh.protocol import Protocol, app_protocol_for
from planner.mesh.server_first import first_speaker
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP201",
    name="port-protocol-undeclared",
    title="The port does not say what is spoken, so Istio must detect it",
    severity=Severity.LOW,
    why="Detection works only where the client speaks first.",
    fix="Set `appProtocol` on the port once it is certain what is spoken.",
    kinds=("Service",),
    before=Before.RESTART,
)


def check(context: Context) -> Iterator[Finding]:
    """Flag every undeclared port, except where the server speaks first, which has a rule of its own."""
    for port in exposed(context):
        if port.port.app_protocol is not None or port.declared.source not in ("none", "port"):
            continue
        found = agreed(witnesses(context, RULE, port))
        if port.declared.protocol is not Protocol.AUTO:
            yield _by_number(port)
        elif (speaker := _speaker(found)) != "server":
            yield _detected(port, found, speaker)


def _speaker(found: tuple[Witness, ...]) -> str:
    return first_speaker(found[0].spoken) if found else "unknown"


def _by_number(port: Exposed) -> Finding:
    message = f"{port.text} is taken for TCP only because of its number ({port.declared.reason})"
    where = cite(RULE, port.service.object, port.field)
    return finding(
        RULE, port.service.ref, message, (where,), outcome=Outcome.ADVICE, detail=port.detail, before=Before.ANY
    )


def _detected(port: Exposed, found: tuple[Witness, ...], speaker: str) -> Finding:
    where = (cite(RULE, port.service.object, port.field), *(w.evidence for w in found[:2]))
    named = "has no name and no appProtocol" if not port.port.name else "names no protocol that Istio knows"
    if speaker == "unknown":
        message = f"{port.text} {named}, and nothing that was read says what is spoken or who speaks first"
        fix = "Ask its owner what is spoken; if the server speaks first, declare it `tcp` before the first sidecar."
        return finding(
            RULE, port.service.ref, message, where, outcome=Outcome.UNKNOWN, severity=Severity.MEDIUM,
            confidence=0.9, fix=fix, detail=port.detail,
        )  # fmt: skip
    word = found[0].spoken
    message = f"{port.text} {named}; it is detected, which works because {word} clients speak first"
    token = app_protocol_for(word)
    fix = f"Set `appProtocol: {token}` on the port." if token and len(found) > 1 else ""
    return finding(
        RULE, port.service.ref, message, where, outcome=Outcome.ADVICE, confidence=0.9 if len(found) > 1 else 0.7,
        fix=fix, detail=port.detail, before=Before.ANY,
    )  # fmt: skip
