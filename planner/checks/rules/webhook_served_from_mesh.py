"""Services that the API server itself calls.

What it finds:
    Webhooks, aggregated APIs and conversions of custom resources whose Service is in the cluster.

Why it matters:
    The API server is never in the mesh and brings its own TLS. A STRICT port refuses it, and a port declared HTTP
    drops its TLS even in PERMISSIVE. Then objects can no longer be created, often in the whole cluster.

Blocked:
    kind: ValidatingWebhookConfiguration
    webhooks:
      - clientConfig:
          service: {namespace: shop, name: admission}

Ready:
    kind: ValidatingWebhookConfiguration
    webhooks:
      - clientConfig:
          url: https://admission.example.com/

How to fix:
    Keep the container port out of STRICT by `portLevelMtls` or `excludeInboundPorts`, or the workload out of the mesh.

Source: istio/istio pilot/pkg/networking/core/filterchain_options.go (foreign TLS on a port declared HTTP has no chain).
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.checks.context import Context, cite, finding
from planner.checks.ports import backend
from planner.model.fields import Path, int_at, map_at, maps_at, text_at
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.objects import KubeObject
from planner.model.refs import SERVICE, Ref

RULE = Rule(
    id="MP403",
    name="webhook-served-from-mesh",
    title="The API server calls this Service and is never in the mesh",
    severity=Severity.MEDIUM,
    why="STRICT refuses it, and then objects can no longer be created.",
    fix="Except its container port from STRICT by `portLevelMtls`, or keep the workload out of the mesh.",
    kinds=(
        "APIService", "CustomResourceDefinition", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
    ),
    before=Before.STRICT,
)  # fmt: skip

_WHAT = {
    "APIService": "an aggregated API",
    "CustomResourceDefinition": "a conversion",
    "MutatingWebhookConfiguration": "a webhook",
    "ValidatingWebhookConfiguration": "a webhook",
}


def check(context: Context) -> Iterator[Finding]:
    """Flag every such Service, once for each object that names it."""
    for obj in context.of_kind(*RULE.kinds):
        once: dict[tuple[Ref, int], Path] = {}
        for path in _clients(obj):
            named = map_at(obj.raw, *path)
            ref = Ref(text_at(named, "namespace"), text_at(named, "name"), SERVICE)
            if ref.name and not ref.namespace.startswith("kube-") and not _istio(context, ref):
                once.setdefault((ref, int_at(named, "port") or 443), path)
        for (ref, port), path in once.items():
            yield _finding(context, obj, ref, port, path)


def _clients(obj: KubeObject) -> Iterator[Path]:
    if obj.ref.kind == "APIService":
        yield ("spec", "service")
    elif obj.ref.kind == "CustomResourceDefinition":
        yield ("spec", "conversion", "webhook", "clientConfig", "service")
    else:
        for index, _ in maps_at(obj.raw, "webhooks"):
            yield ("webhooks", index, "clientConfig", "service")


def _istio(context: Context, ref: Ref) -> bool:
    return ref.namespace == context.settings.root_namespace


def _finding(context: Context, obj: KubeObject, ref: Ref, number: int, path: Path) -> Finding:
    service = context.inventory.service(ref.namespace, ref.name)
    port = service.port(number) if service else None
    http = port is not None and context.declared(port).protocol.data_path_class == "http"
    message = (
        f"serves {_WHAT[obj.ref.kind]} on port {number}{_container(context, ref, number)}, which the API server calls"
    )
    message += "; the port is declared HTTP, so a sidecar drops that TLS at once" if http else ""
    return finding(
        RULE, ref, message, (cite(RULE, obj, (*path, "name")),),
        outcome=Outcome.BLOCKED if http else Outcome.ADVICE, severity=Severity.HIGH if http else Severity.MEDIUM,
        before=Before.RESTART if http else None, detail=f"{obj.ref.kind}/{obj.ref.name}:{number}",
    )  # fmt: skip


def _container(context: Context, ref: Ref, number: int) -> str:
    service = context.inventory.service(ref.namespace, ref.name)
    port = service.port(number) if service else None
    found = {backend(w, port).number for w in context.behind(service)} if service and port else set()
    ports = sorted(n for n in found if n and n != number)
    return f" (container port {ports[0]})" if ports else ""
