"""The steps once more as kustomize components, for manifests that a Git repository keeps.

One component per step, not per phase: the label, the restarts and STRICT must not arrive together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from planner.model.bundle import Patch, PhaseBundle, RenderedFile
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
            if step.created or _present(step):
                yield from _component(step, phase, templates)


def _present(files: StepFiles) -> list[tuple[Patch, str]]:
    """List the patches of manifests that were read; kustomize refuses a component that does nothing."""
    return [(patch, name) for patch, name in files.patches if patch.overlay and patch.overlay.operations]


def _component(files: StepFiles, phase: str, templates: Templates) -> Iterator[RenderedFile]:
    folder = f"overlays/{phase}/{safe(files.step.name)}"
    patches = _present(files)
    values = {
        "step": {"name": files.step.name, "title": files.step.title},
        # A component may only read files below itself, but any folder that is a kustomization.
        "resources": [f"../../../phases/{phase}/{files.folder}"] if files.created else [],
        "patches": [{"file": name, **_target(patch)} for patch, name in patches],
        "missing": [str(patch.ref) for patch, _ in files.patches if patch.overlay is None],
        "restarts": [_command(files, n) for n, item in enumerate(files.step.rollouts) if not item.by_patch],
    }
    yield RenderedFile(f"{folder}/kustomization.yaml", templates.render(_OVERLAY, values))
    for patch, name in patches:
        operations = list(patch.overlay.operations) if patch.overlay else []
        values = {"body": documents.plain(operations), "why": patch.why, "ref": str(patch.ref)}
        text = templates.render(_PATCH, values)
        yield RenderedFile(f"{folder}/{name}", documents.checked(text, operations, _PATCH, str(patch.ref)))


def _target(patch: Patch) -> dict[str, str]:
    """Name the manifest; kustomize takes name and namespace for regular expressions and anchors them itself."""
    group, _, version = patch.api_version.rpartition("/")
    namespace = patch.overlay.namespace if patch.overlay else ""
    return {
        "group": group,
        "version": version,
        "kind": patch.ref.kind,
        "name": re.escape(patch.ref.name),
        "namespace": re.escape(namespace),
    }


def _command(files: StepFiles, number: int) -> str:
    ref = files.step.rollouts[number].ref
    return f"{resource(ref)}/{ref.name} in {ref.namespace}"
