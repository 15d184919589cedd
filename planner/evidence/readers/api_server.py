"""Calls to the API server: a service account that may ask for something, and clients in command lines."""

from __future__ import annotations

from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.evidence.rbac import Binding, Strength
from planner.evidence.sighting import Sighting, cite
from planner.evidence.text import config
from planner.evidence.world import World
from planner.model.fields import Path, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER, WORKLOAD_KINDS, Ref
from planner.model.workloads import Workload

READER = "api-server"
_TOOLS = ("kubectl", "helm", "velero", "argocd-util")
_SETTINGS = (
    "@type kubernetes_metadata",
    "Kube_URL",
    "add_kubernetes_metadata",
    "k8sattributes:",
    "k8s_cluster:",
    "type: kubernetes_logs",
    "kubernetes cluster.local",
    "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
)
"""Settings of log shippers, collectors, CoreDNS and kubeconfigs that make a program ask the API server.

Source: fluent-plugin-kubernetes_metadata_filter, Fluent Bit (kubernetes filter), Beats, OpenTelemetry, Vector.
"""
_PODS_OF_OPERATORS = ("Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler")
KINDS = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ServiceAccount", *_PODS_OF_OPERATORS)
"""Kinds that it reads, beside workloads and Services."""


def read(world: World) -> Iterator[Sighting]:
    """Yield the workloads whose account is bound to rules, and those that run a client."""
    for workload in world.inventory.variants:
        if _has_token(workload, world):
            yield from _bound(workload.ref, workload.service_account, world)
            yield from _configured(workload, world)
        yield from _tools(workload)
    for obj in world.inventory.of_kind(*_PODS_OF_OPERATORS):
        account = text_at(obj.raw, "spec", "serviceAccountName")
        if obj.ref.kind not in WORKLOAD_KINDS and account:
            yield from _bound(obj.ref, account, world)


def _has_token(workload: Workload, world: World) -> bool:
    """Whether pods are given a token: the pod's word beats the account's; a projected token counts too."""
    for _, volume in maps_at(workload.pod_spec, "volumes"):
        if any("serviceAccountToken" in source for _, source in maps_at(volume, "projected", "sources")):
            return True
    given = workload.pod_spec.get("automountServiceAccountToken")
    if isinstance(given, bool):
        return given
    return not world.access.hides_token(workload.ref.namespace, workload.service_account)


def _bound(source: Ref, account: str, world: World) -> Iterator[Sighting]:
    for binding in world.access.of(source.namespace, account):
        sure = _confidence(binding, account)
        text = f"{account} is bound to {binding.role}"
        places: tuple[Path, ...] = (("metadata", "name"), (*binding.subject, "name"))
        for path in places:
            yield Sighting(source, API_SERVER, cite(READER, binding.object, path, sure, text), 443, "https")


def _confidence(binding: Binding, account: str) -> Ground:
    if binding.strength is Strength.WEAK:
        return confidence.ACCOUNT_WEAK
    if account == "default":
        return confidence.DEFAULT_ACCOUNT_BOUND
    return confidence.ACCOUNT_BOUND if binding.strength is Strength.RULES else confidence.ACCOUNT_BOUND_UNREAD_ROLE


def _configured(workload: Workload, world: World) -> Iterator[Sighting]:
    """Yield the lines of mounted files that make a program ask the API server."""
    for mounted in world.mounted(workload):
        for name, text in mounted.files.items():
            found = next((mark for mark in _SETTINGS if mark in text), "")
            if found and not config.is_dashboard(text):
                offset = text[: text.index(found)].count("\n")
                evidence = cite(READER, mounted.config, ("data", name), confidence.SERVICE_DISCOVERY, found, offset)
                yield Sighting(workload.ref, API_SERVER, evidence, 443, "https")


def _tools(workload: Workload) -> Iterator[Sighting]:
    for container in workload.containers:
        for path, word in container.words:
            if any(_calls(word, tool) for tool in _TOOLS):
                yield _tool(workload.object, path, word, workload.ref)
                break


def _calls(word: str, tool: str) -> bool:
    at = word.find(tool)
    before, after = word[at - 1 : at], word[at + len(tool) : at + len(tool) + 1]
    return at >= 0 and before in ("", "/", " ", "\n", ";", "(", "`") and after in ("", " ", "\n")


def _tool(obj: KubeObject, path: Path, word: str, source: Ref) -> Sighting:
    lines = word.splitlines()
    offset = next((n for n, line in enumerate(lines) if any(tool in line for tool in _TOOLS)), 0)
    text = lines[offset] if lines else ""
    return Sighting(source, API_SERVER, cite(READER, obj, path, confidence.CLIENT_TOOL, text, offset), 443, "https")
