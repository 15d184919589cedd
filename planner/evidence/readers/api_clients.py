"""Clients of the API server that give themselves away: tools in commands and scripts, flags, variables, settings.

Sources: the flags of controller-runtime and client-go programs (`--leader-elect`, `--kubeconfig`); operator SDK
(`WATCH_NAMESPACE`); fluent-plugin-kubernetes_metadata_filter, Fluent Bit (kubernetes filter), Beats (autodiscover),
OpenTelemetry (k8sattributes, k8s_cluster, k8sobjects), Vector, CoreDNS, RabbitMQ (peer discovery), Patroni, Hazelcast,
JGroups (KUBE_PING), Spring Cloud Kubernetes, Akka, Flink, Spark (`k8s://`), Airflow, GitLab Runner, Vault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from planner.evidence import confidence
from planner.evidence.ground import Ground
from planner.evidence.sighting import Sighting, cite
from planner.evidence.text import config, shell
from planner.evidence.words import word_set
from planner.evidence.world import World
from planner.model.fields import Path, maps_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import API_SERVER
from planner.model.workloads import Container, Workload

READER = "api-server"
_TOOL = re.compile(
    r"(?:^|[\s/;(`&|!])(?:kubectl|helm|velero|argocd-util|kustomize\s+build\s+\S+\s*\|\s*kubectl"
    r"|oc\s+(?:get|apply|create|patch|delete|exec|label|annotate|wait|rollout|scale))(?=[\s\"']|$)"
)
_TOOL_IMAGES = word_set("kubectl k8s-kubectl helm-kubectl kubectl-shell oc hyperkube helm")
_CLIENT_IMAGES = word_set(
    """k8s-sidecar kube-state-metrics kube-rbac-proxy external-dns metrics-server cluster-autoscaler descheduler
    reloader node-problem-detector kubernetes-event-exporter kubewatch botkube k8s-wait-for kubernetes-entrypoint
    kube-webhook-certgen cert-manager-controller cert-manager-cainjector argoexec workflow-controller kured"""
)
"""Programs that do nothing without the API server."""
_FLAGS = re.compile(
    r"--?(?:leader-elect(?:ion)?(?:-id|-namespace)?|enable-leader-election|leader-election-enabled|kubeconfig"
    r"|in-?cluster|run-in-cluster|use-kubernetes-api|apiserver(?:-host)?|kube-api(?:server)?(?:-url)?"
    r"|providers\.kubernetes(?:ingress|crd|gateway)|spring\.cloud\.kubernetes\.enabled)(?:=(\S{0,200}))?"
)
_OFF = frozenset(("false", "0", "no", "off"))
_VARIABLES = re.compile(
    r"WATCH_NAMESPACE|LEADER_ELECT(?:ION)?(?:_ENABLED|_NAMESPACE|_ID)?|(?:PATRONI|HAZELCAST)_KUBERNETES_\w{1,60}"
    r"|OPENSHIFT_KUBE_PING_\w{1,60}|SPRING_CLOUD_KUBERNETES_(?:\w{1,60}_)?ENABLED|AIRFLOW__KUBERNETES\w{0,80}"
)
_VALUES = re.compile(r"KubernetesExecutor|CeleryKubernetesExecutor|k8s://\S{1,300}|provider=k8s\b.{0,300}")
_SETTINGS = (
    "@type kubernetes_metadata",
    "Kube_URL",
    "add_kubernetes_metadata",
    "k8sattributes:",
    "k8s_cluster:",
    "k8sobjects:",
    "k8s_events:",
    "type: kubernetes_logs",
    "kubernetes cluster.local",
    "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token",
    "rabbit_peer_discovery_k8s",
    "kubernetes.KUBE_PING",
    "dns.kubernetes.KUBE_PING",
    'executor = "kubernetes"',
    'service_registration "kubernetes"',
    "akka.discovery.kubernetes-api",
    "KubernetesHaServicesFactory",
    "spark.master k8s://",
    "spark.master=k8s://",
    "providers.kubernetesIngress",
    "kubernetesCRD:",
)
_FILTER = re.compile(r"^\s*Name\s+kubernetes\s*$", re.IGNORECASE | re.MULTILINE)


def read(world: World) -> Iterator[Sighting]:
    """Yield the workloads that run a client, or are configured as one and have a token."""
    for workload in world.runners:
        for container in workload.containers:
            yield from _container(workload, container, world)
        for mounted in world.mounted(workload):
            for name, text in mounted.files.items():
                yield from _file(workload, mounted.config, name, text, has_token=world.access.gives_token(workload))


def _container(workload: Workload, container: Container, world: World) -> Iterator[Sighting]:
    for path, word in container.words:
        tool = _TOOL.search(word)
        if tool:
            yield _sighting(workload, workload.object, path, confidence.CLIENT_TOOL, word, tool.end())
            return
    name = container.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    has_token = world.access.gives_token(workload)
    if name in _TOOL_IMAGES or (has_token and name in _CLIENT_IMAGES):
        image: Path = (*container.path, "image")
        yield _sighting(workload, workload.object, image, confidence.CLIENT_TOOL, container.image, 0)
    elif has_token:
        yield from _flag(workload, container)
        yield from _variable(workload, container)


def _flag(workload: Workload, container: Container) -> Iterator[Sighting]:
    for path, word in container.words:
        flag = _FLAGS.fullmatch(word)
        if flag and (flag[1] or "").lower() not in _OFF:
            yield _sighting(workload, workload.object, path, confidence.CLIENT_TOOL, word, 0)


def _variable(workload: Workload, container: Container) -> Iterator[Sighting]:
    for index, entry in maps_at(container.raw, "env"):
        name, value = text_at(entry, "name"), text_at(entry, "value")
        told = _VARIABLES.fullmatch(name) and value.lower() not in _OFF
        if told or (value and _VALUES.fullmatch(value)):
            path: Path = (*container.path, "env", index, "name")
            yield _sighting(workload, workload.object, path, confidence.CLIENT_TOOL, f"{name}={value}", 0)


def _file(workload: Workload, obj: KubeObject, name: str, text: str, *, has_token: bool) -> Iterator[Sighting]:
    """Yield the line of a mounted file that makes a program ask the API server, or of a script that runs a tool."""
    tool = _TOOL.search(text) if shell.looks_like(name, text) else None
    if tool:
        yield _sighting(workload, obj, ("data", name), confidence.CLIENT_TOOL, text, tool.end())
        return
    mark = next((mark for mark in _SETTINGS if mark in text), "") if has_token else ""
    at = text.index(mark) if mark else -1
    found = _FILTER.search(text) if has_token and at < 0 else None
    at = found.end() if found else at
    if at >= 0 and not config.is_dashboard(text):
        yield _sighting(workload, obj, ("data", name), confidence.SERVICE_DISCOVERY, text, at)


def _sighting(workload: Workload, obj: KubeObject, path: Path, sure: Ground, text: str, at: int) -> Sighting:
    offset = text[:at].rstrip("\n").count("\n")
    shown = text.splitlines()[offset] if text else ""
    return Sighting(workload.ref, API_SERVER, cite(READER, obj, path, sure, shown, offset), 443, "https")
