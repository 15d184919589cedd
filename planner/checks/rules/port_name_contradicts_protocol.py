"""Ports that are declared as one thing and speak another.

What it finds:
    Declared HTTP where probes, callers, image or container port say Redis, a database or the like; declared
    HTTP/1 where gRPC is spoken and the other way round; declared TCP or TLS where plain HTTP or gRPC is spoken.
    TLS behind a port declared HTTP is another rule's.

Why it matters:
    A proxy parses what it is told. Redis on a port called `http` is cut off by the first sidecar at either end.
    HTTP on a port called `tcp` works, but without requests, retries and balancing per request.

Blocked:
    ports:
      - name: http          # the image is redis:7
        port: 6379

Ready:
    ports:
      - name: tcp-redis
        port: 6379

How to fix:
    Set `appProtocol` to what is spoken.

Source: istio/istio pilot/pkg/networking/core (cluster_builder.go, filterchain_options.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import Exposed, exposed
from planner.checks.witnesses import Witness, agreed, witnesses
from planner.mesh.protocol import Protocol, app_protocol_for
from planner.mesh.spoken import Carrier
from planner.model.finding import Before, Finding, Outcome, Rule, Severity

RULE = Rule(
    id="MP202",
    name="port-name-contradicts-protocol",
    title="The port is declared as one protocol and speaks another",
    severity=Severity.HIGH,
    why="The proxy parses what it is told, so calls fail or lose what the mesh offers.",
    fix="Set `appProtocol` on the port to what is spoken.",
    kinds=("Service",),
    before=Before.RESTART,
)

_PLAIN = (Protocol.HTTP, Protocol.HTTP2, Protocol.GRPC, Protocol.GRPC_WEB)
_HTTP2 = (Carrier.HTTP2, Carrier.GRPC)
_REQUESTS = (Carrier.HTTP, Carrier.HTTP2, Carrier.GRPC, Carrier.GRPC_WEB)


def check(context: Context) -> Iterator[Finding]:
    """Flag every port whose witnesses agree with each other and not with the declaration."""
    ports = exposed(context)
    shared = {b.workload.ref: b.number for p in ports for b in p.backends if p.declared.protocol in _PLAIN}
    for port in ports:
        if port.port.l4 != "TCP" or port.declared.protocol in (Protocol.AUTO, Protocol.UDP):
            continue
        every = witnesses(context, RULE, port)
        found = agreed(every)
        harm = _harm(port.declared.protocol, found[0].carrier) if found else ""
        if any(shared.get(b.workload.ref) == b.number for b in port.backends) and port.declared.protocol not in _PLAIN:
            continue  # One container port that speaks several protocols has a rule of its own.
        if harm and sum(w.strength for w in found) > 1 and not _declared_is_spoken(port, every):
            yield _finding(port, found, harm)


def _harm(declared: Protocol, real: Carrier | None) -> str:
    """Say what goes wrong, or nothing where the two agree."""
    kind = declared.data_path_class
    if real is None or (kind == "http" and real is Carrier.TLS):
        return ""
    if kind == "http" and real not in _REQUESTS:
        return "the proxy cuts it off, because it waits for HTTP requests"
    if declared is Protocol.HTTP and real in _HTTP2:
        return "the proxy speaks HTTP/1.1 to it, which a server of HTTP/2 refuses"
    if declared in (Protocol.HTTP2, Protocol.GRPC) and real is Carrier.HTTP:
        return "the proxy speaks HTTP/2 to it, which a server of HTTP/1 refuses"
    if kind in ("tcp", "tls") and real in _REQUESTS:
        return "it works, but the proxy sees connections, not requests: one connection sticks to one pod"
    return ""


def _declared_is_spoken(port: Exposed, every: tuple[Witness, ...]) -> bool:
    """Whether a strong witness speaks for the declaration, so that the port serves several protocols."""
    return any(w.strength > 2 and not _harm(port.declared.protocol, w.carrier) for w in every)


def _finding(port: Exposed, found: tuple[Witness, ...], harm: str) -> Finding:
    mild = port.declared.protocol.data_path_class != "http"
    sure = len(found) > 1
    word, says = found[0].spoken, " and ".join(w.says for w in found[:2])
    spoken = f"{word} is spoken" if sure else f"perhaps {word} is spoken"
    message = f"{port.text} is declared {port.declared.protocol}, but {spoken} ({says}); {harm}"
    where = (cite(RULE, port.service.object, port.field), *(w.evidence for w in found[:3]))
    token = app_protocol_for(word)
    return finding(
        RULE, port.service.ref, message, where,
        outcome=Outcome.ADVICE if mild else Outcome.BLOCKED if sure else Outcome.UNKNOWN,
        severity=Severity.MEDIUM if mild else Severity.HIGH, confidence=0.95 if sure else 0.6,
        fix=f"Set `appProtocol: {token}` on the port." if token and sure else "", detail=port.detail,
    )  # fmt: skip
