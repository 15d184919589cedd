"""Well-known products by their image, as one witness of what a namespace is for.

Product knowledge only, never the name of an installation. The words are compared with the last part
of an image's path, split at hyphens, dots and underscores.
"""

from __future__ import annotations

import re

_EDGE = (
    ("ingress", "controller"), ("ingress", "nginx"), ("nginx", "ingress"), ("traefik",), ("kong",), ("contour",),
    ("haproxy", "ingress"), ("kubernetes", "ingress"), ("apisix",), ("emissary",), ("ambassador",), ("skipper",),
    ("envoy", "gateway"), ("gateway", "nginx"), ("voyager",), ("pomerium", "ingress"),
)  # fmt: skip
_PLATFORM = (
    ("prometheus",), ("alertmanager",), ("grafana",), ("thanos",), ("loki",), ("promtail",), ("mimir",), ("tempo",),
    ("jaeger",), ("jaegertracing",), ("zipkin",), ("node", "exporter"), ("kube", "state", "metrics"),
    ("blackbox", "exporter"),
    ("metrics", "server"), ("fluentd",), ("fluent", "bit"), ("filebeat",), ("metricbeat",), ("vector",), ("logstash",),
    ("kibana",), ("opentelemetry", "collector"), ("otel", "collector"), ("alloy",), ("agent", "datadog"), ("datadog",),
    ("cert", "manager"), ("argocd",), ("argo",), ("flux",), ("helm", "controller"), ("kustomize", "controller"),
    ("source", "controller"), ("gatekeeper",), ("kyverno",), ("metallb",), ("speaker",), ("external", "dns"),
    ("external", "secrets"), ("cluster", "autoscaler"), ("keda",), ("velero",), ("vault", "k8s"), ("vault", "csi"),
    ("csi",), ("cilium",), ("calico",), ("coredns",), ("kube", "proxy"), ("dashboard",), ("kiali",), ("pilot",),
    ("operator",), ("weaveworks", "scope"), ("sealed", "secrets"), ("reloader",), ("falco",), ("trivy", "operator"),
    ("goldilocks",),
    ("configmap", "reload"), ("rbac", "proxy"), ("cadvisor",), ("pushgateway",), ("vertical", "pod", "autoscaler"),
)  # fmt: skip
_SPLIT = re.compile(r"[-._]")


def _words(image: str) -> tuple[str, ...]:
    path = image.partition("@")[0]
    last_two = path.split("/")[-2:]
    last_two[-1] = last_two[-1].partition(":")[0]
    return tuple(word for part in last_two for word in _SPLIT.split(part.lower()) if word)


def _matches(words: tuple[str, ...], products: tuple[tuple[str, ...], ...]) -> bool:
    return any(all(word in words for word in product) for product in products)


def is_edge(image: str) -> bool:
    """Whether an image is a known ingress controller or gateway."""
    return _matches(_words(image), _EDGE)


def is_platform(image: str) -> bool:
    """Whether an image is a known piece of cluster machinery (monitoring, policy, GitOps, storage …)."""
    return _matches(_words(image), _PLATFORM)
