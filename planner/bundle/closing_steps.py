"""The closing phase: STRICT for what was in before, REGISTRY_ONLY by namespace, and the default of the whole mesh.

Source: istio/api networking/v1alpha3/sidecar.proto (an empty outboundTrafficPolicy means REGISTRY_ONLY); istio/istio
pilot/pkg/model/sidecar.go (a Sidecar with a mode overrides the mesh, and one of a namespace replaces the root one, so
an existing one is never replaced here); istio.io tasks/security/authentication/mtls-migration (mesh-wide last).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.bundle import peer_authentications, service_entries
from planner.bundle.part import Part, by_hand, left_out, step, together
from planner.bundle.patching import MANAGED
from planner.bundle.service_entries import Entry, uncovered
from planner.bundle.step_names import CLOSE_EGRESS, CLOSE_MESH, CLOSE_NAMESPACES, WORDS
from planner.bundle.work import Work
from planner.mesh.versions import networking_api_version
from planner.model.bundle import Created, StepBundle
from planner.model.fields import map_at, text_at
from planner.model.objects import KubeObject
from planner.model.plan import Phase
from planner.model.refs import Ref

_SIDECAR = "Sidecar"


def closing_steps(
    work: Work, phase: Phase, decided: Iterable[Entry], exceptions: Part
) -> Iterator[tuple[StepBundle, Part]]:
    """Build the steps of the closing phase.

    Args:
        work: The plan.
        phase: The closing phase.
        decided: What became of every external host.
        exceptions: Open ports of the namespaces that are closed here.
    """
    known = tuple(decided)
    strict = exceptions + together(_close(work, name, exceptions) for name in already_ready(work))
    # What was in the mesh before the plan has no guard step of its own, so its hosts get their entries here.
    egress = service_entries.guard((item for item in known if item.host.phase == 0), work, 0)
    egress += together(_registry_only(work, name, known) for name in phase.registry_only)
    for name, part in ((CLOSE_NAMESPACES, strict), (CLOSE_EGRESS, egress), (CLOSE_MESH, _mesh(work))):
        yield step(name, *WORDS[name], part), part


def _close(work: Work, namespace: str, exceptions: Part) -> Part:
    """Make a namespace STRICT, but never before an exception: a step creates before it patches."""
    patched = any(patch.ref.namespace == namespace for patch in exceptions.patches)
    if not patched or peer_authentications.namespace_wide(work, namespace) is not None:
        return peer_authentications.close(work, namespace)
    ref = peer_authentications.default_ref(work, namespace)
    return by_hand(
        f"{namespace}: once the patches of this step stand, create {ref} with spec.mtls.mode STRICT.",
        f"{namespace}: delete {ref} before the patches of this step are taken back.",
    )


def already_ready(work: Work) -> tuple[str, ...]:
    """Name the namespaces that are in the mesh today and have no plaintext caller left: no phase closes them."""
    closed = {name for phase in work.plan.phases for name in phase.strict}
    ready = {item.namespace for item in work.plan.strict if item.phase == 0 and item.namespace not in closed}
    return tuple(sorted(name for name in ready if not _is_strict(work, name)))


def _is_strict(work: Work, namespace: str) -> bool:
    obj = peer_authentications.namespace_wide(work, namespace)
    return obj is not None and text_at(obj.raw, "spec", "mtls", "mode") == "STRICT"


def _registry_only(work: Work, namespace: str, decided: tuple[Entry, ...]) -> Part:
    ref = Ref(namespace, "default", _SIDECAR)
    if work.facts.registry_only:
        return Part(notes=(left_out(ref, f"egress of {namespace} is closed by the mesh's own REGISTRY_ONLY"),))
    unknown = uncovered(decided, namespace)
    if unknown:
        sentence = f"egress of {namespace} stays open: {', '.join(unknown)} could not be given a ServiceEntry"
        return Part(notes=(left_out(ref, sentence),))
    existing = _default_sidecar(work, namespace) or _default_sidecar(work, work.facts.root_namespace)
    if existing is not None:
        return by_hand(*_by_hand(existing, namespace))
    body = {
        "apiVersion": networking_api_version(work.facts.istio),
        "kind": _SIDECAR,
        "metadata": {"name": ref.name, "namespace": namespace, "labels": dict(MANAGED)},
        "spec": {"egress": [{"hosts": ["*/*"]}], "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}},
    }
    why = f"Pods of {namespace} reach only what the mesh knows; every host that was found has an entry."
    return Part(created=(Created(ref, "sidecar.yaml.j2", body, why),))


def _default_sidecar(work: Work, namespace: str) -> KubeObject | None:
    for obj in work.inventory.of_kind(_SIDECAR):
        picks = map_at(obj.raw, "spec", "workloadSelector")
        if obj.ref.namespace == namespace and obj.group == "networking.istio.io" and not picks:
            return obj
    return None


def _by_hand(existing: KubeObject, namespace: str) -> tuple[str, str]:
    """Say how an existing Sidecar closes the egress, and how that is taken back."""
    if existing.ref.namespace == namespace:
        mode = text_at(existing.raw, "spec", "outboundTrafficPolicy", "mode")
        back = f"set spec.outboundTrafficPolicy.mode back to {mode}" if mode else "take spec.outboundTrafficPolicy away"
        return (
            f"{existing.ref}: set spec.outboundTrafficPolicy.mode to REGISTRY_ONLY; a second one would be ignored.",
            f"{existing.ref}: {back}.",
        )
    return (
        f"{namespace} follows {existing.ref}: give it a Sidecar with the same egress hosts and mode REGISTRY_ONLY.",
        f"{namespace}: delete the Sidecar that was made for it, so that it follows {existing.ref} again.",
    )


def _mesh(work: Work) -> Part:
    """Make STRICT the default, which then also holds for namespaces that join later."""
    root = work.facts.root_namespace
    ref = Ref(root, "default", peer_authentications.KIND)
    waiting = sorted(item.namespace for item in work.plan.strict if item.phase is None)
    if waiting or not work.plan.strict:
        if not waiting:
            return Part()
        return Part(
            notes=(left_out(ref, f"the mesh's default stays PERMISSIVE: {', '.join(waiting)} cannot be STRICT"),)
        )
    edges = [question.namespace for question in work.plan.edges if question.namespace not in work.plan.inside]
    if edges:
        text = f"the mesh's default stays PERMISSIVE until it is decided whether {', '.join(edges)} joins"
        return Part(notes=(left_out(ref, text),))
    why = "Every namespace of the plan is STRICT; pods that join later are so from the start."
    obj = peer_authentications.namespace_wide(work, root) or _root(work)
    if obj is None:
        created = peer_authentications.create(work, ref, {}, {"mode": "STRICT"}, why)
        return Part(created=(created,))
    if text_at(obj.raw, "spec", "mtls", "mode") == "STRICT":
        return Part(notes=(left_out(obj.ref, f"{obj.ref} is STRICT already"),))
    return peer_authentications.set_mode(obj, "STRICT", why)


def _root(work: Work) -> KubeObject | None:
    """Find the default of the whole mesh, which `namespace_wide` does not take for one of a namespace."""
    found = [
        obj
        for obj in work.inventory.of_kind(peer_authentications.KIND)
        if obj.ref.namespace == work.facts.root_namespace and not map_at(obj.raw, "spec", "selector", "matchLabels")
    ]
    return min(found, key=lambda obj: (not obj.created, obj.created, obj.ref), default=None)
