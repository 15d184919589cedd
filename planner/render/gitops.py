"""The order of the steps for Argo CD (sync waves) and for Flux (dependsOn), each step waiting for a person.

Source: argo-cd docs user-guide/sync-waves, user-guide/sync-options (RespectIgnoreDifferences) and user-guide/auto_sync
(an Application without `automated` syncs only on request); fluxcd.io components/kustomize/kustomizations (suspend,
dependsOn, wait, prune); kustomize 5.5 (what is annotated as local configuration is left out of the output; tried).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from planner.model.bundle import Created, Patch, PhaseBundle, RenderedFile
from planner.render import documents
from planner.render.environment import Templates
from planner.render.gitops_steps import BASE, GitStep, api_version, base, git_steps, step_kustomization
from planner.render.names import safe
from planner.render.overlays import missing, restarts

_APPLICATION, _FLUX, _KUSTOMIZATION = (
    "argocd-application.yaml.j2", "flux-kustomization.yaml.j2", "gitops-kustomization.yaml.j2",
)  # fmt: skip
_PAGES = {"argocd": "argocd.md.j2", "flux": "flux.md.j2"}

_ARGOCD_SOURCE = {
    "repoURL": "https://git.example.com/your/repository.git",
    "targetRevision": "HEAD",
    "path": ".",
    "project": "default",
    "server": "https://kubernetes.default.svc",
}
_ARGOCD_FIELDS = {
    "repoURL": "spec.source.repoURL",
    "targetRevision": "spec.source.targetRevision",
    "path": "spec.source.path",
    "project": "spec.project",
    "server": "spec.destination.server",
}
_FLUX_SOURCE = {"kind": "GitRepository", "name": "flux-system", "path": "."}
_FLUX_FIELDS = {"kind": "spec.sourceRef.kind", "name": "spec.sourceRef.name", "path": "spec.path"}

_BASE_WHY = "Name the kustomization of your own manifests here, from this folder: ../../../manifests, for example."
_FOLDER_WHY = "Edit the literals of meshplan-source, and nothing else; see README.md."


def gitops(bundles: Iterable[PhaseBundle], templates: Templates) -> Iterator[RenderedFile]:
    """Render `gitops/`, `argocd/` and `flux/`; nothing where no step has anything in Git.

    Raises:
        RenderError: A template is missing, faulty, or gives another object than was meant.
    """
    steps = git_steps(bundles)
    listed = tuple(step for step in steps if step.name)
    if not listed:
        return
    yield _document(f"{BASE}/kustomization.yaml", _KUSTOMIZATION, base(), _BASE_WHY, templates)
    for step in listed:
        why = f"What {step.files.step.name} of {step.phase} changes: your manifests and its component, and only that."
        body = step_kustomization(step)
        yield _document(f"{step.path}/kustomization.yaml", _KUSTOMIZATION, body, why, templates)
    applications = [application(step) for step in listed]
    chain = [None, *listed][: len(listed)]
    kustomizations = [kustomization(step, before) for step, before in zip(listed, chain, strict=True)]
    yield from _folder("argocd", applications, _APPLICATION, steps, templates)
    yield from _folder("flux", kustomizations, _FLUX, steps, templates)


def application(step: GitStep) -> dict[str, Any]:
    """Build the Argo CD Application of a step: never automated, no finalizer, so deleting it deletes nothing else."""
    ignored = [_left_alone(item, step.later[item.ref]) for item in step.kept if item.ref in step.later]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": step.name, "annotations": {"argocd.argoproj.io/sync-wave": str(step.number)}},
        "spec": {
            "project": _ARGOCD_SOURCE["project"],
            "source": {
                "repoURL": _ARGOCD_SOURCE["repoURL"],
                "targetRevision": _ARGOCD_SOURCE["targetRevision"],
                "path": f"{_ARGOCD_SOURCE['path']}/{step.path}",
            },
            "destination": {"server": _ARGOCD_SOURCE["server"]},
            **({"ignoreDifferences": ignored} if ignored else {}),
            "syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]},
        },
    }


def _left_alone(item: Created | Patch, pointers: tuple[str, ...]) -> dict[str, Any]:
    """Tell Argo CD which fields of an object a later step sets, so that this one never sets them back."""
    return {
        "group": api_version(item).rpartition("/")[0],
        "kind": item.ref.kind,
        "name": item.ref.name,
        "namespace": item.ref.namespace,
        "jsonPointers": list(pointers),
    }


def kustomization(step: GitStep, before: GitStep | None) -> dict[str, Any]:
    """Build the Flux Kustomization of a step: suspended, and only after the one before."""
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": step.name},
        "spec": {
            "suspend": True,
            **({"dependsOn": [{"name": before.name}]} if before else {}),
            "interval": "1h",
            "retryInterval": "2m",
            "timeout": "30m",
            "prune": False,
            "wait": True,
            "path": f"{_FLUX_SOURCE['path']}/{step.path}",
            "sourceRef": {"kind": _FLUX_SOURCE["kind"], "name": _FLUX_SOURCE["name"]},
        },
    }


def _folder(
    tool: str, objects: list[dict[str, Any]], template: str, steps: tuple[GitStep, ...], templates: Templates
) -> Iterator[RenderedFile]:
    """Render the folder of one controller: an object per step, one place to edit, and a page."""
    listed = [step for step in steps if step.name]
    names = [f"{step.number:03d}-{safe(step.name)}.yaml" for step in listed]
    for step, name, body in zip(listed, names, objects, strict=True):
        why = f"{step.files.step.title}. Starts when a person starts it; gates: phases/{step.phase}/README.md."
        yield _document(f"{tool}/{name}", template, body, why, templates)
    yield _document(f"{tool}/kustomization.yaml", _KUSTOMIZATION, _index(tool, names), _FOLDER_WHY, templates)
    values = {"rows": [_row(step) for step in steps], "base": BASE}
    yield RenderedFile(f"{tool}/README.md", templates.render(_PAGES[tool], values))


def _index(tool: str, names: list[str]) -> dict[str, Any]:
    """Build the kustomization of a folder, with the one place that a user edits on top."""
    argocd = tool == "argocd"
    source, fields = (_ARGOCD_SOURCE, _ARGOCD_FIELDS) if argocd else (_FLUX_SOURCE, _FLUX_FIELDS)
    options = {"disableNameSuffixHash": True, "annotations": {"config.kubernetes.io/local-config": "true"}}
    literals = [f"{key}={value}" for key, value in source.items()]
    kind = "Application" if argocd else "Kustomization"
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "configMapGenerator": [{"name": "meshplan-source", "literals": literals, "options": options}],
        "namespace": "argocd" if argocd else "flux-system",
        "resources": names,
        "replacements": [_replacement(key, kind, field) for key, field in fields.items()],
    }


def _replacement(key: str, kind: str, field: str) -> dict[str, Any]:
    # Of the path only the part before the first slash is the user's.
    options = {"options": {"delimiter": "/", "index": 0}} if key == "path" else {}
    return {
        "source": {"kind": "ConfigMap", "name": "meshplan-source", "fieldPath": f"data.{key}"},
        "targets": [{"select": {"kind": kind}, "fieldPaths": [field], **options}],
    }


def _row(step: GitStep) -> dict[str, object]:
    files = step.files
    return {
        "number": step.number,
        "name": step.name,
        "phase": step.phase,
        "step": files.step.name,
        "title": files.step.title,
        "missing": [*missing(files), *(str(patch.ref) for patch in step.elsewhere)],
        "restarts": restarts(files),
        "manual": files.step.manual,
    }


def _document(path: str, template: str, body: Mapping[str, Any], why: str, templates: Templates) -> RenderedFile:
    text = templates.render(template, {"object": documents.plain(body), "why": why})
    return RenderedFile(path, documents.checked(text, body, template, path))
