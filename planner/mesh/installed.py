"""What can be seen of an Istio that is installed already: revisions, CNI, and the age of the nodes."""

from __future__ import annotations

import re
from collections import Counter

from planner.mesh.versions import Version
from planner.mesh.webhooks import REVISION, Installed
from planner.model.fields import text_at
from planner.model.inventory import Inventory

_TAG = "istio.io/tag"
_POLICY = re.compile(r"^outboundTrafficPolicy:\s*\{?\s*mode:\s*[\"']?([A-Z_]+)", re.MULTILINE)


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


def revision_to_join(inventory: Inventory) -> str:
    """Say which revision or tag a new namespace should name; empty for `istio-injection=enabled`.

    What most labelled namespaces name already, else a tag, else the default injector, else a revision: a label
    without an injector behind it would inject nothing.
    """
    known = installed(inventory, None)
    if not inventory.of_kind("MutatingWebhookConfiguration"):
        return ""
    labelled = Counter(obj.labels[REVISION] for obj in inventory.of_kind("Namespace") if REVISION in obj.labels)
    used = [name for name, _ in sorted(labelled.items(), key=lambda item: (-item[1], item[0])) if known.knows(name)]
    tags = {obj.labels.get(_TAG, "") for obj in inventory.of_kind("MutatingWebhookConfiguration")} - {"", "default"}
    if used or tags:
        return (used or sorted(tags))[0]
    return "" if known.default_tag else next(iter(sorted(known.revisions)), "")


def istio_version(inventory: Inventory) -> str:
    """Read the control plane's version from the tag of its image; empty where it was not seen."""
    for workload in inventory.workloads:
        for container in workload.containers:
            name, _, tag = container.image.rpartition("/")[2].partition(":")
            if name == "pilot":
                try:
                    return Version.parse(tag).line
                except ValueError:
                    continue
    return ""


def outbound_policy(inventory: Inventory, root_namespace: str) -> str:
    """Read the mesh-wide outbound policy from the mesh configuration; empty where it does not say.

    Source: istio/api mesh/v1alpha1/config.proto; ConfigMap `istio`, key `mesh`, in the root namespace.
    """
    config = inventory.get("ConfigMap", root_namespace, "istio")
    match = _POLICY.search(text_at(config.raw, "data", "mesh")) if config else None
    return match[1] if match and match[1] in ("ALLOW_ANY", "REGISTRY_ONLY") else ""
