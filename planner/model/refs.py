"""How a thing is named: one notation in JSON, tables, DOT ids, configuration and messages."""

from __future__ import annotations

from dataclasses import dataclass

WORKLOAD_KINDS = (
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
)
"""Kinds that run pods and are part of Kubernetes itself."""

EXTERNAL, CLUSTER, WILDCARD, UNKNOWN, SERVICE = "External", "Cluster", "Wildcard", "Unknown", "Service"

_PREFIXES = {EXTERNAL: "external:", CLUSTER: "cluster:", UNKNOWN: "unknown:"}


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One end of a flow or one object: namespace, name and kind.

    `kind` is a Kubernetes kind, or one of `External`, `Cluster`, `Wildcard`, `Unknown`.
    Cluster-scoped objects and the special kinds have an empty namespace (`Wildcard` keeps its own).
    """

    namespace: str
    name: str
    kind: str

    @property
    def text(self) -> str:
        """The notation of `docs/glossary.md`: `shop/cart`, `external:api.stripe.com`, `shop/*`."""
        if self.kind in _PREFIXES and not self.namespace:  # an operator may call its own kind `Cluster`
            return _PREFIXES[self.kind] + self.name
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def is_control_plane(self) -> bool:
        """Whether this is a part of Kubernetes itself, and no custom resource of kind Cluster."""
        return self.kind == CLUSTER and not self.namespace

    @property
    def is_workload(self) -> bool:
        """Whether this names something that runs pods (custom workloads included)."""
        return bool(self.namespace) and self.kind not in (SERVICE, WILDCARD)

    def __str__(self) -> str:
        """Give kind and name, as messages print them: `Deployment shop/cart`."""
        special = self.kind == WILDCARD or (self.kind in _PREFIXES and not self.namespace)
        return self.text if special else f"{self.kind} {self.text}"


def external(name: str) -> Ref:
    """Name a host or address outside the cluster."""
    return Ref("", name.rstrip(".").lower(), EXTERNAL)


def unknown(text: str) -> Ref:
    """Name an address that was seen and could not be resolved."""
    return Ref("", text, UNKNOWN)


CLIENT = external("client")
"""Anyone outside the cluster."""
API_SERVER = Ref("", "kube-apiserver", CLUSTER)
"""The Kubernetes API server, as caller and as callee."""
KUBELET = Ref("", "kubelet", CLUSTER)
"""The kubelet of whatever node a pod runs on; the caller of probes."""
EVERYTHING = Ref("*", "*", WILDCARD)
"""Every endpoint of every namespace: what a scraper reaches."""
