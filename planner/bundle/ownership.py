"""Who writes an object besides people, and what that means for a patch.

An operator writes its objects again from its custom resource, so a patch is refused. Argo CD, Flux and Helm
write them again from a source that a person can change, so a patch stands until then and carries a warning.

Source: labels and annotations that the tools document (Argo CD resource tracking, Flux kustomize and helm
controllers, Helm's release metadata).
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.model.fields import maps_at, text_at
from planner.model.objects import KubeObject

_CORE_GROUPS = ("", "apps", "batch")
_ARGOCD = ("argocd.argoproj.io/instance", "argocd.argoproj.io/tracking-id")
_FLUX = ("kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name")
_HELM = "meta.helm.sh/release-name"
_MANAGED_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who writes an object.

    Attributes:
        operator: The operator or custom resource that owns it, or an empty string; then a patch is refused.
        warning: What will revert a patch, or an empty string.
    """

    operator: str = ""
    warning: str = ""


def owner(obj: KubeObject) -> Owner:
    """Find out who writes an object."""
    return Owner(_operator(obj), _warning(obj))


def _operator(obj: KubeObject) -> str:
    for _, reference in maps_at(obj.raw, "metadata", "ownerReferences"):
        group = text_at(reference, "apiVersion").rpartition("/")[0]
        if group not in _CORE_GROUPS:
            return f"{text_at(reference, 'kind')} {text_at(reference, 'name')}"
    manager = obj.labels.get(_MANAGED_BY, "")
    return manager if "operator" in manager.lower() else ""


def _warning(obj: KubeObject) -> str:
    words = {**obj.labels, **obj.annotations}
    if any(key in words for key in _ARGOCD):
        name = next(words[key] for key in _ARGOCD if key in words).partition(":")[0]
        return f"will be reverted by Argo CD (application {name}) unless the change is made in its repository"
    for key in _FLUX:
        if key in words:
            return f"will be reverted by Flux ({words[key]}) unless the change is made in its repository"
    if _HELM in words or obj.labels.get(_MANAGED_BY) == "Helm":
        release = f" of release {words[_HELM]}" if _HELM in words else ""
        return f"will be reverted by the next Helm upgrade{release} unless the change is made in its values or chart"
    return ""
