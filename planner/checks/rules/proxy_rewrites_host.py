"""Proxies that send another Host than the name of the Service they call.

What it finds:
    Configuration of nginx, Apache, HAProxy, Envoy, Traefik, Caddy, Spring Cloud Gateway and oauth2-proxy that hands
    the visitor's Host on or sets one of its own, and `upstream-vhost` on an Ingress.

Why it matters:
    On a port declared HTTP the caller's sidecar routes by Host and ignores the address. A foreign Host matches no
    Service: the call leaves in plaintext as unknown traffic, and fails when the callee is STRICT.

Blocked:
    proxy_set_header Host $host;
    proxy_pass http://cart:8080;

Ready:
    proxy_set_header Host cart;
    proxy_set_header X-Forwarded-Host $host;
    proxy_pass http://cart:8080;

How to fix:
    Send the Service's name, or one VirtualService with both names; do not declare an undeclared port HTTP meanwhile.

Source: istio/istio pilot/pkg/networking/core/httproute.go (GenerateAltVirtualHosts); thread
kubernetes/ingress-nginx 3171.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.proxies.rewrites import Place, foreign, places
from planner.checks.words import some
from planner.mesh.host_header import accepted_hosts, host_matches, needs_host_match
from planner.model.fields import list_at, maps_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Flow
from planner.model.objects import KubeObject
from planner.model.refs import WORKLOAD_KINDS

RULE = Rule(
    id="MP302",
    name="proxy-rewrites-host",
    title="A proxy sends another Host than the Service's name",
    severity=Severity.HIGH,
    why="The sidecar finds no Service of that name, so the call leaves in plaintext and STRICT refuses it.",
    fix="Let the proxy send the Service's own name as Host, or write one VirtualService with both names.",
    kinds=(*WORKLOAD_KINDS, "Ingress"),
    before=Before.STRICT,
)

_VHOST = "nginx.ingress.kubernetes.io/upstream-vhost"
_LATER = "Leave the port undeclared while this holds; to declare it HTTP, let the proxy send the Service's name first."


def check(context: Context) -> Iterator[Finding]:
    """Flag every callee of every proxy once, then Ingress objects."""
    for workload in context.workloads:
        seen: set[str] = set()
        for place in places(context).get(workload.ref, ()):
            for flow in place.flows:
                found = _finding(context, place, flow) if foreign(context, place, flow) else None
                if found and found.id not in seen:
                    seen.add(found.id)
                    yield found
    for ingress in context.of_kind("Ingress"):
        yield from _of_ingress(context, ingress)


def _finding(context: Context, place: Place, flow: Flow) -> Finding:
    passing, obj = place.passing, place.text.object
    by_host = _by_host(context, flow)
    how = "sends" if passing.explicit else "by default sends"
    effect = (
        "so the sidecar finds no Service of that name" if by_host else "which is harmless while the port is undeclared"
    )
    routes = _routes(context, flow) if by_host else ()
    skipped = f"; the rules of VirtualService {some(routes, 3)} do not apply to its calls" if routes else ""
    message = f"{how} Host {passing.host} to {flow.target.text}:{flow.port} ({passing.product}), {effect}{skipped}"
    where = cite(RULE, obj, place.text.path, passing.text, passing.offset)
    return finding(
        RULE, place.workload.ref, message, (where, *flow.evidence[:1]),
        outcome=Outcome.BLOCKED if by_host else Outcome.ADVICE,
        severity=Severity.HIGH if by_host else Severity.MEDIUM, confidence=0.95 if passing.explicit else 0.8,
        fix="" if by_host else _LATER, detail=f"host={passing.host};to={flow.target.text}:{flow.port}",
    )  # fmt: skip


def _routes(context: Context, flow: Flow) -> tuple[str, ...]:
    """VirtualServices with rules for the callee's own name: a call under another Host passes them by."""
    service = context.inventory.service(flow.target.namespace, flow.target.name)
    found = []
    for virtual in context.inventory.of_kind("VirtualService") if service else ():
        hosts = [host for host in list_at(virtual.raw, "spec", "hosts") if isinstance(host, str)]
        names = accepted_hosts(flow.target.name, flow.target.namespace, virtual.ref.namespace, context.cluster_domain)
        if any(host.lower() in names for host in hosts):
            found.append(virtual.ref.text)
    return tuple(sorted(found))


def _by_host(context: Context, flow: Flow) -> bool:
    """Whether the callee's port is one at which the caller's sidecar routes by Host."""
    service = context.inventory.service(flow.target.namespace, flow.target.name)
    port = service.port(flow.port) if service and flow.port else None
    return port is not None and needs_host_match(context.declared(port).protocol.data_path_class)


def _of_ingress(context: Context, ingress: KubeObject) -> Iterator[Finding]:
    wanted = ingress.annotations.get(_VHOST, "")
    if not wanted or "$" in wanted:
        return
    names = {
        text_at(path, "backend", "service", "name")
        for _, rule in maps_at(ingress.raw, "spec", "rules")
        for _, path in maps_at(rule, "http", "paths")
    }
    for name in sorted(names - {""}):
        accepted = accepted_hosts(name, ingress.ref.namespace, "", context.cluster_domain, context.istio)
        if not host_matches(wanted, accepted):
            where = cite(RULE, ingress, ("metadata", "annotations", _VHOST), wanted)
            to = f"{ingress.ref.namespace}/{name}"
            message = f"lets the ingress controller send Host {wanted} to {to}, which is not its name"
            yield finding(
                RULE, ingress.ref, message, (where,), outcome=Outcome.ADVICE, severity=Severity.MEDIUM,
                detail=f"host={wanted};to={ingress.ref.namespace}/{name}",
            )  # fmt: skip
