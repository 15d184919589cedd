"""What can be seen of an Istio that is installed already: revisions, CNI, and the age of the nodes."""

from __future__ import annotations

from planner.mesh.versions import Version
from planner.mesh.webhooks import REVISION, Installed
from planner.model.fields import text_at
from planner.model.inventory import Inventory

_TAG = "istio.io/tag"


def installed(inventory: Inventory, told: str | None) -> Installed:
    """Say which revisions and tags have an injector.

    Where no webhook of Istio was read nobody can say which are missing, so every one that a label
    names is taken for installed.

    Args:
        inventory: What was read.
        told: Revision or tag that the user named.
    """
    hooks = [obj.labels for obj in inventory.of_kind("MutatingWebhookConfiguration") if REVISION in obj.labels]
    seen = {labels.get(key, "") for labels in hooks for key in (REVISION, _TAG)}
    if not hooks:
        named = [obj.labels for obj in inventory.of_kind("Namespace")] + [w.labels for w in inventory.workloads]
        seen = {"default", *(labels.get(REVISION, "") for labels in named)}
    return Installed(frozenset({*seen, told or ""} - {""}), default_tag=not hooks or "default" in seen)


def sees_cni(inventory: Inventory) -> bool | None:
    """Whether Istio's CNI plug-in runs; None where it was not seen, which proves nothing."""
    images = (c.image for w in inventory.workloads if w.ref.kind == "DaemonSet" for c in w.containers)
    return True if any("install-cni" in image and "istio" in image for image in images) else None


def oldest_kubelet(inventory: Inventory) -> Version | None:
    """Give the oldest kubelet among the nodes that were read."""
    found = []
    for node in inventory.of_kind("Node"):
        try:
            found.append(Version.parse(text_at(node.raw, "status", "nodeInfo", "kubeletVersion")))
        except ValueError:
            continue
    return min(found, default=None)
