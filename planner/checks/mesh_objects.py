"""What each kind of existing Istio object would do to workloads that join, and to whom.

Source: istio/istio pilot/pkg/networking/core (VirtualService: httproute.go; DestinationRule: cluster_tls.go),
pilot/pkg/security (PeerAuthentication: authn/policy_applier.go; AuthorizationPolicy: authz/model/model.go),
pilot/pkg/model/sidecar.go (Sidecar).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from planner.checks.context import Context
from planner.mesh.virtual_service import on_mesh, virtual_service_problems
from planner.model.fields import Path, dig, list_at, map_at, maps_at, text_at
from planner.model.finding import Before, Severity
from planner.model.objects import KubeObject

KINDS = ("AuthorizationPolicy", "DestinationRule", "EnvoyFilter", "PeerAuthentication", "Sidecar", "VirtualService")


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that an object would do.

    Attributes:
        message: What and to whom.
        path: Field that decides it.
        severity: How much harm.
        before: When it must be settled.
        detail: Part of the object, where it does several things.
        text: What stands in the field.
        unclear: Whether nobody can say from the object alone what it does.
    """

    message: str
    path: Path
    severity: Severity
    before: Before
    detail: str = ""
    text: str = ""
    unclear: bool = False


def effects(context: Context, obj: KubeObject) -> Iterator[Effect]:
    """Yield what an object would do to workloads that join."""
    yield from _KINDS[obj.ref.kind](context, obj)


def _scope(context: Context, obj: KubeObject, *selector: str) -> str:
    """Say on whom an object acts."""
    labels = map_at(obj.raw, *selector)
    if labels:
        return (
            f"pods with {', '.join(f'{key}={value}' for key, value in sorted(labels.items()))} in {obj.ref.namespace}"
        )
    if obj.ref.namespace == context.settings.root_namespace:
        return "the whole mesh"
    return f"every pod in {obj.ref.namespace}"


def _peer_authentication(context: Context, obj: KubeObject) -> Iterator[Effect]:
    whom = _scope(context, obj, "spec", "selector", "matchLabels")
    mode = text_at(obj.raw, "spec", "mtls", "mode")
    path: Path = ("spec", "mtls", "mode")
    if mode == "STRICT":
        message = f"is STRICT for {whom}: as soon as a pod has a sidecar its plaintext callers are refused"
        yield Effect(message, path, Severity.HIGH, Before.LABEL, text=mode)
    elif mode == "DISABLE":
        yield Effect(f"turns mutual TLS off for {whom}", path, Severity.MEDIUM, Before.STRICT, text=mode)
    for port, value in sorted(map_at(obj.raw, "spec", "portLevelMtls").items()):
        if text_at(value, "mode") in ("STRICT", "DISABLE"):
            what = text_at(value, "mode")
            severity, before = (Severity.HIGH, Before.LABEL) if what == "STRICT" else (Severity.LOW, Before.STRICT)
            message = f"is {what} on container port {port} for {whom}"
            yield Effect(message, ("spec", "portLevelMtls", port, "mode"), severity, before, f"port {port}", what)


def _destination_rule(_context: Context, obj: KubeObject) -> Iterator[Effect]:
    host = text_at(obj.raw, "spec", "host")
    places: list[tuple[Path, str]] = [(("spec", "trafficPolicy", "tls", "mode"), "")]
    for index, port in maps_at(obj.raw, "spec", "trafficPolicy", "portLevelSettings"):
        number = dig(port, "port", "number")
        places.append((("spec", "trafficPolicy", "portLevelSettings", index, "tls", "mode"), f"port {number}"))
    for index, subset in maps_at(obj.raw, "spec", "subsets"):
        places.append((("spec", "subsets", index, "trafficPolicy", "tls", "mode"), f"subset {text_at(subset, 'name')}"))
    for path, detail in places:
        mode = text_at(obj.raw, *path)
        if mode in _TLS:
            what, severity, before = _TLS[mode]
            message = f"makes sidecars {what} ({host}{f', {detail}' if detail else ''})"
            yield Effect(message, path, severity, before, detail, mode)


_TLS = {
    "ISTIO_MUTUAL": ("insist on mutual TLS, also with pods that have no sidecar", Severity.HIGH, Before.LABEL),
    "DISABLE": ("send plaintext, which a STRICT callee refuses", Severity.MEDIUM, Before.STRICT),
    "SIMPLE": ("send TLS that is not the mesh's, which a STRICT callee refuses", Severity.MEDIUM, Before.STRICT),
    "MUTUAL": ("send TLS that is not the mesh's, which a STRICT callee refuses", Severity.MEDIUM, Before.STRICT),
}


def _sidecar(context: Context, obj: KubeObject) -> Iterator[Effect]:
    whom = _scope(context, obj, "spec", "workloadSelector", "labels")
    policy = dig(obj.raw, "spec", "outboundTrafficPolicy")
    if isinstance(policy, dict) and policy.get("mode") in (None, "REGISTRY_ONLY"):
        how = "names no mode, which means REGISTRY_ONLY" if policy.get("mode") is None else "sets REGISTRY_ONLY"
        message = f"{how} for {whom}: calls to hosts without a ServiceEntry fail"
        yield Effect(message, ("spec", "outboundTrafficPolicy"), Severity.HIGH, Before.LABEL, "outbound")
    hosts = [h for _, item in maps_at(obj.raw, "spec", "egress") for h in list_at(item, "hosts") if isinstance(h, str)]
    if hosts and "*/*" not in hosts:
        message = f"lets {whom} see only {', '.join(sorted(hosts)[:4])}; the rest is unknown traffic"
        yield Effect(message, ("spec", "egress"), Severity.MEDIUM, Before.RESTART, "egress")
    if list_at(obj.raw, "spec", "ingress"):
        message = f"replaces the listeners of {whom}; ports that it does not list are passed through"
        yield Effect(message, ("spec", "ingress"), Severity.MEDIUM, Before.RESTART, "ingress")


def _virtual_service(_context: Context, obj: KubeObject) -> Iterator[Effect]:
    spec = map_at(obj.raw, "spec")
    hosts = [host for host in list_at(spec, "hosts") if isinstance(host, str)]
    if not hosts or not on_mesh(spec):
        return
    message = f"routes calls to {', '.join(sorted(hosts)[:4])} for every caller as soon as it has a sidecar"
    missing = any(p.rule == "no-catch-all" for p in virtual_service_problems(spec, obj.ref.namespace))
    if missing:
        message += "; a request that matches no rule gets 404"
    yield Effect(message, ("spec", "hosts"), Severity.MEDIUM if missing else Severity.LOW, Before.RESTART)


def _authorization_policy(context: Context, obj: KubeObject) -> Iterator[Effect]:
    whom = _scope(context, obj, "spec", "selector", "matchLabels")
    action = text_at(obj.raw, "spec", "action") or "ALLOW"
    rules = list_at(obj.raw, "spec", "rules")
    if action == "ALLOW" and not rules:
        yield Effect(f"denies every call to {whom}", ("spec",), Severity.HIGH, Before.LABEL, text=action)
    elif action == "ALLOW":
        known = _needs_identity(rules)
        why = (
            "callers without a sidecar have no identity and are denied" if known else "what it does not list is denied"
        )
        message = f"allows only what it lists at {whom}; {why}"
        yield Effect(message, ("spec", "rules"), Severity.HIGH if known else Severity.MEDIUM, Before.LABEL, text=action)
    elif rules:
        message = f"{'denies' if action == 'DENY' else 'decides about'} some calls to {whom} ({action})"
        yield Effect(message, ("spec", "rules"), Severity.MEDIUM, Before.RESTART, text=action)


def _needs_identity(rules: object) -> bool:
    names = ("principals", "namespaces", "serviceAccounts", "trustDomains")
    sources = [
        source for _, rule in maps_at(rules) for _, item in maps_at(rule, "from") for source in (item.get("source"),)
    ]
    return any(list_at(source, name) for source in sources for name in names)


def _envoy_filter(context: Context, obj: KubeObject) -> Iterator[Effect]:
    whom = _scope(context, obj, "spec", "workloadSelector", "labels")
    message = f"changes the proxies of {whom} in a way that only its author knows"
    yield Effect(message, ("spec",), Severity.MEDIUM, Before.RESTART, unclear=True)


_KINDS: dict[str, Callable[[Context, KubeObject], Iterator[Effect]]] = {
    "AuthorizationPolicy": _authorization_policy,
    "DestinationRule": _destination_rule,
    "EnvoyFilter": _envoy_filter,
    "PeerAuthentication": _peer_authentication,
    "Sidecar": _sidecar,
    "VirtualService": _virtual_service,
}
