"""What each namespace is for, by evidence; a list of names only breaks ties."""

from __future__ import annotations

from collections.abc import Mapping

from planner.model.fields import map_at, maps_at, text_at
from planner.model.inventory import Inventory
from planner.model.plan import Classed, NamespaceClass
from planner.model.workloads import Workload
from planner.plan import products

_SHARE = 0.5
"""Share of a namespace's workloads that must be machinery for the namespace to be machinery."""
_MESH_ROOT_WORKLOADS = ("istiod", "pilot", "ztunnel", "istio-cni")


def classify(inventory: Inventory, told: Mapping[str, NamespaceClass], root_namespace: str) -> tuple[Classed, ...]:
    """Give every namespace its class, with its witnesses.

    Args:
        inventory: What was read.
        told: Classes that the user set.
        root_namespace: Namespace of the mesh's control plane.
    """
    witness = _Witnesses(inventory)
    return tuple(_one(name, inventory, witness, told, root_namespace) for name in inventory.namespaces)


def _one(
    name: str, inventory: Inventory, witness: _Witnesses, told: Mapping[str, NamespaceClass], root: str
) -> Classed:
    if name in told:
        return Classed(name, told[name], ("set in the configuration",))
    workloads = inventory.workloads_in(name)
    if name.startswith("kube-"):
        return Classed(name, NamespaceClass.SYSTEM, ("the prefix kube- is reserved for Kubernetes itself",))
    if name == root or any(w.ref.name.startswith(_MESH_ROOT_WORKLOADS) for w in workloads):
        return Classed(name, NamespaceClass.SYSTEM, ("holds the control plane of the mesh",))
    edge = {w.ref.text: why for w in workloads if (why := witness.edge(w))}
    if edge and len(edge) >= _SHARE * len([w for w in workloads if not w.ends]):
        return Classed(name, NamespaceClass.EDGE, _say(edge))
    machinery = {w.ref.text: why for w in workloads if (why := witness.platform(w))}
    if machinery and len(machinery) >= _SHARE * len(workloads):
        return Classed(name, NamespaceClass.PLATFORM, _say(machinery))
    if not workloads:
        return Classed(name, NamespaceClass.APPLICATION, ("holds no workload",))
    few = f"{len(machinery)} of {len(workloads)} workloads are cluster machinery"
    return Classed(name, NamespaceClass.APPLICATION, (few,))


def _say(reasons: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} {why}" for name, why in sorted(reasons.items())[:3])


class _Witnesses:
    """Facts about single workloads that tell machinery from application."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._cluster_wide = _cluster_wide_accounts(inventory)
        self._called_by_control_plane = _control_plane_services(inventory)

    def edge(self, workload: Workload) -> str:
        """Say why a workload is an ingress controller, or nothing."""
        if any(products.is_edge(c.image) for c in workload.containers if not c.init) and not workload.ends:
            return "runs an ingress controller"
        return ""

    def platform(self, workload: Workload) -> str:
        """Say why a workload is cluster machinery, or nothing."""
        serves = [s.ref for s in self._inventory.in_front_of(workload) if s.ref.text in self._called_by_control_plane]
        account = (workload.ref.namespace, workload.service_account)
        if serves:
            return "serves a webhook or an API of the control plane"
        if account in self._cluster_wide:
            return "has cluster-wide rights"
        if workload.ref.kind == "DaemonSet" and _touches_node(workload):
            return "works on the node itself"
        image = next((c.image for c in workload.containers if not c.init and products.is_platform(c.image)), "")
        return f"runs {image}" if image else ""


def _touches_node(workload: Workload) -> bool:
    paths = any(map_at(volume, "hostPath") for _, volume in maps_at(workload.pod_spec, "volumes"))
    return workload.host_network or paths or workload.pod_spec.get("hostPID") is True


def _cluster_wide_accounts(inventory: Inventory) -> frozenset[tuple[str, str]]:
    """Service accounts that a ClusterRoleBinding gives more than reading themselves."""
    return frozenset(
        (text_at(subject, "namespace"), text_at(subject, "name"))
        for binding in inventory.of_kind("ClusterRoleBinding")
        for _, subject in maps_at(binding.raw, "subjects")
        if subject.get("kind") == "ServiceAccount" and subject.get("name") != "default"
    )


def _control_plane_services(inventory: Inventory) -> frozenset[str]:
    """Services that the API server calls, as text."""
    found: set[str] = set()
    webhooks = inventory.of_kind("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
    for obj in webhooks:
        for _, hook in maps_at(obj.raw, "webhooks"):
            found.add(_service_text(map_at(hook, "clientConfig", "service")))
    for obj in inventory.of_kind("APIService"):
        found.add(_service_text(map_at(obj.raw, "spec", "service")))
    return frozenset(name for name in found if not name.startswith("/"))


def _service_text(raw: Mapping[str, object]) -> str:
    return f"{text_at(raw, 'namespace')}/{text_at(raw, 'name')}"


def owner_of(inventory: Inventory, namespace: str, label: str, told: Mapping[str, str]) -> str:
    """Say who owns a namespace: the user's word, else the label, else an empty string."""
    labels = inventory.namespace_labels(namespace) or {}
    candidates = (label,) if label else ("team", "owner", "app.kubernetes.io/managed-by-team")
    return told.get(namespace) or next((labels[key] for key in candidates if labels.get(key)), "")


def joined_already(inventory: Inventory, namespace: str) -> bool:
    """Whether a namespace carries a label that injects or enrols its pods today."""
    labels = inventory.namespace_labels(namespace) or {}
    if labels.get("istio.io/dataplane-mode") == "ambient":
        return True
    by_revision = bool(labels.get("istio.io/rev")) and "istio-injection" not in labels
    return labels.get("istio-injection") == "enabled" or by_revision
