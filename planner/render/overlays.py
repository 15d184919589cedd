"""The steps once more as kustomize components, for manifests that a Git repository keeps.

One component per step, not per phase: the label, the restarts and STRICT must not arrive together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from planner.model.bundle import Patch, PhaseBundle, RenderedFile
from planner.model.refs import Ref
from planner.render import documents
from planner.render.environment import Templates
from planner.render.layout import StepFiles, place
from planner.render.names import safe
from planner.render.scripts import resource

_OVERLAY, _PATCH = "overlay.yaml.j2", "overlay-patch.yaml.j2"


def overlays(bundles: Iterable[PhaseBundle], templates: Templates) -> Iterator[RenderedFile]:
    """Render the components of every step that creates something or patches a manifest.

    Raises:
        RenderError: A template is missing, faulty, or gives another patch than was meant.
    """
    for bundle in bundles:
        phase = safe(bundle.folder)
        for step in map(place, bundle.steps):
            if step.created or present(step):
                yield from _component(step, phase, templates)


def present(files: StepFiles) -> list[tuple[Patch, str]]:
    """List the patches of manifests that were read; kustomize refuses a component that does nothing."""
    return [(patch, name) for patch, name in files.patches if patch.overlay and patch.overlay.operations]


def _component(files: StepFiles, phase: str, templates: Templates) -> Iterator[RenderedFile]:
    folder = f"overlays/{phase}/{safe(files.step.name)}"
    patches = present(files)
    values = {
        "step": {"name": files.step.name, "title": files.step.title},
        # A component may only read files below itself, but any folder that is a kustomization.
        "resources": [f"../../../phases/{phase}/{files.folder}"] if files.created else [],
        "patches": [{"file": name, **_of(patch)} for patch, name in patches],
        "missing": missing(files),
        "restarts": restarts(files),
    }
    yield RenderedFile(f"{folder}/kustomization.yaml", templates.render(_OVERLAY, values))
    for patch, name in patches:
        operations = list(patch.overlay.operations) if patch.overlay else []
        values = {"body": documents.plain(operations), "why": patch.why, "ref": str(patch.ref)}
        text = templates.render(_PATCH, values)
        yield RenderedFile(f"{folder}/{name}", documents.checked(text, operations, _PATCH, str(patch.ref)))


def _of(patch: Patch) -> dict[str, str]:
    return target(patch.ref, patch.api_version, patch.overlay.namespace if patch.overlay else "")


def target(ref: Ref, api_version: str, namespace: str) -> dict[str, str]:
    """Name a manifest; kustomize takes name and namespace for regular expressions and anchors them itself."""
    group, _, version = api_version.rpartition("/")
    return {
        "group": group,
        "version": version,
        "kind": ref.kind,
        "name": re.escape(ref.name),
        "namespace": re.escape(namespace),
    }


def missing(files: StepFiles) -> list[str]:
    """Name the patched objects of a step that were not among the manifests."""
    return [str(patch.ref) for patch, _ in files.patches if patch.overlay is None]


def restarts(files: StepFiles) -> list[str]:
    """Name the workloads of a step that no change in Git restarts."""
    refs = [rollout.ref for rollout in files.step.rollouts if not rollout.by_patch]
    return [f"{resource(ref)}/{ref.name} in {ref.namespace}" for ref in refs]
