"""What planning knows of versions and installation: told, read, or assumed in the open."""

from __future__ import annotations

from dataclasses import dataclass

from planner.mesh.installed import istio_version, oldest_kubelet, outbound_policy, revision_to_join
from planner.mesh.native_sidecar import NativeSidecar, native_sidecars
from planner.mesh.versions import Version
from planner.model.plan import Assumption
from planner.model.snapshot import Snapshot
from planner.settings import DEFAULT_ISTIO, DEFAULT_KUBERNETES, Settings

KINDS = (
    "APIService", "AuthorizationPolicy", "ClusterRoleBinding", "ConfigMap", "DestinationRule", "GRPCRoute", "Gateway",
    "HTTPRoute", "Ingress", "MutatingWebhookConfiguration", "Namespace", "Node", "PeerAuthentication",
    "RequestAuthentication", "ServiceEntry", "Sidecar", "ValidatingWebhookConfiguration", "VirtualService",
)  # fmt: skip
"""Kinds that the order and the facts of the mesh are read from, beside workloads and Services."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Versions and switches that decide verdicts.

    Attributes:
        istio: Target version.
        kubernetes: Version of API server and nodes.
        revision: Revision or tag of the label; empty for `istio-injection=enabled`.
        registry_only: Whether the mesh-wide outbound policy is REGISTRY_ONLY from the start.
        native: Whether proxies are native sidecars.
        cluster_domain: DNS domain.
        root_namespace: Namespace of mesh-wide objects.
        assumed: What was neither told nor read.
    """

    istio: Version
    kubernetes: Version
    revision: str
    registry_only: bool
    native: NativeSidecar
    cluster_domain: str
    root_namespace: str
    assumed: tuple[Assumption, ...]


def gather(snapshot: Snapshot, settings: Settings) -> Facts:
    """Put together what is known, noting every assumption with the way to say otherwise."""
    assumed: list[Assumption] = []
    inventory = snapshot.inventory
    oldest = oldest_kubelet(inventory)
    kubelet = oldest.line if oldest else ""

    def take(told: str | None, read: str, default: str, key: str, flag: str, because: str) -> str:
        if told or read:
            return told or read
        assumed.append(Assumption(key, default, flag, because))
        return default

    istio = take(
        settings.istio_version, snapshot.istio_version or istio_version(inventory), DEFAULT_ISTIO,
        "istio.version", "--istio-version", "the newest version that meshplan knows",
    )  # fmt: skip
    kubernetes = take(
        settings.kubernetes_version, snapshot.kubernetes_version or kubelet, DEFAULT_KUBERNETES,
        "kubernetes.version", "--kubernetes-version", "no node and no server version was read",
    )  # fmt: skip
    policy = take(
        settings.outbound_policy, outbound_policy(inventory, settings.root_namespace), "ALLOW_ANY",
        "outboundTrafficPolicy", "--outbound-policy", "Istio's own default",
    )  # fmt: skip
    domain = take(
        settings.cluster_domain, "", "cluster.local", "clusterDomain", "--cluster-domain", "Kubernetes' own default"
    )
    revision = take(
        settings.revision,
        revision_to_join(inventory),
        "",
        "istio.revision",
        "--revision",
        "no revision seen: istio-injection=enabled",
    )
    wish = None if settings.native_sidecars is None else str(settings.native_sidecars).lower()
    return Facts(
        istio=Version.parse(istio),
        kubernetes=Version.parse(kubernetes),
        revision=revision,
        registry_only=policy == "REGISTRY_ONLY",
        native=native_sidecars(Version.parse(istio), Version.parse(kubernetes), flag=wish),
        cluster_domain=domain,
        root_namespace=settings.root_namespace,
        assumed=tuple(assumed),
    )
