"""Which kinds live in a namespace.

A kind of Kubernetes itself is known; a custom one is asked of its CustomResourceDefinition when that
was read; anything else is taken for namespaced, which is what nine of ten custom kinds are.
Source: kubernetes/kubernetes API reference, `kubectl api-resources --namespaced=false`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.model.fields import text_at

_CLUSTER_SCOPED = frozenset({
    "APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding",
    "ClusterTrustBundle", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "IPAddress", "IngressClass",
    "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace", "Node",
    "PersistentVolume", "PodSecurityPolicy", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice",
    "RuntimeClass", "SelfSubjectAccessReview", "ServiceCIDR", "StorageClass", "StorageVersionMigration", "TokenReview",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    "VolumeAttachment", "VolumeAttributesClass", "VolumeSnapshotClass", "VolumeSnapshotContent", "GatewayClass",
    "ClusterIssuer", "ClusterPolicy", "ClusterSecretStore", "ClusterExternalSecret", "SecurityContextConstraints",
})  # fmt: skip


class Scopes:
    """Answers whether a kind is cluster-scoped, knowing the definitions that were read."""

    def __init__(self, raws: Iterable[Mapping[str, Any]]) -> None:
        self._defined: dict[tuple[str, str], bool] = {}
        for raw in raws:
            if raw.get("kind") == "CustomResourceDefinition":
                key = (text_at(raw, "spec", "group"), text_at(raw, "spec", "names", "kind"))
                self._defined[key] = text_at(raw, "spec", "scope") == "Cluster"

    def is_cluster_scoped(self, group: str, kind: str) -> bool:
        """Whether objects of this kind have no namespace."""
        return self._defined.get((group, kind), kind in _CLUSTER_SCOPED)
