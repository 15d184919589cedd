"""The mTLS mode of namespaces and of single ports, from the first label to STRICT.

Before the label each namespace gets an explicit PERMISSIVE, so that a STRICT default of the mesh cannot cut off its
plaintext callers. In the phase in which the last of them joins it becomes STRICT by one patch; what must stay open is
a port of a workload, made before that patch. Never the other way round (namespace DISABLE, workload STRICT): callers
look at the namespace only and would send plaintext.

Source: istio.io tasks/security/authentication/mtls-migration (PERMISSIVE first); istio/istio
pilot/pkg/security/authn/policy_applier.go (precedence, oldest wins), pilot/pkg/model/push_context.go
BestEffortInferServiceMTLSMode (callers look at the namespace).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.bundle.open_ports import open_ports
from planner.bundle.ownership import owner
from planner.bundle.part import Part, by_hand, left_out, together
from planner.bundle.patching import MANAGED, RESOURCES, before, merge_bodies, patchable
from planner.bundle.work import Work
from planner.mesh.peer_authentication import service_mode
from planner.mesh.versions import security_api_version
from planner.model.bundle import Change, Created, Patch, PatchType
from planner.model.fields import any_map_at, map_at, text_at
from planner.model.objects import KubeObject
from planner.model.plan import Phase
from planner.model.refs import SERVICE, Ref

TEMPLATE = "peer-authentication.yaml.j2"
KIND = "PeerAuthentication"
_MODE = ("spec", "mtls", "mode")


def namespace_wide(work: Work, namespace: str) -> KubeObject | None:
    """Find the object that decides for a namespace today; of several the oldest wins."""
    raws = [obj.raw for obj in work.inventory.of_kind(KIND) if obj.ref.namespace == namespace]
    source = service_mode(raws, namespace, work.facts.root_namespace).source
    if not source:
        # One without a mode decides nothing, and one made beside it would be ignored: so it is the one to change.
        bare = [o for o in work.inventory.of_kind(KIND) if o.ref.namespace == namespace and not _selector(o)]
        return bare[0] if bare else None
    return work.inventory.get(KIND, namespace, source.partition("/")[2])


def _selector(obj: KubeObject) -> Mapping[str, Any]:
    return map_at(obj.raw, "spec", "selector", "matchLabels")


def default_ref(work: Work, namespace: str) -> Ref:
    """Name the object that meshplan makes for a namespace; `default` may be taken by one with a selector."""
    taken = work.inventory.get(KIND, namespace, "default") is not None
    return Ref(namespace, "meshplan-default" if taken else "default", KIND)


def explicit_permissive(work: Work, phase: Phase) -> Part:
    """Keep the namespaces whose first unit joins in a phase open to plaintext."""
    part = Part()
    for namespace in sorted({unit.namespace for unit in phase.units if unit.wave in (0, 1)}):
        obj = namespace_wide(work, namespace)
        if obj is None:
            why = f"Keeps {namespace} open to callers without a proxy, whatever the default of the mesh is."
            ref = default_ref(work, namespace)
            part += Part(created=(create(work, ref, {}, {"mode": "PERMISSIVE"}, why),))
        elif _shuts(obj):
            why = f"Callers of {namespace} without a proxy would be cut off as soon as its pods have one."
            part += set_mode(obj, "PERMISSIVE", why)
        part += together(_follow(found) for found in of_workloads(work, namespace))
    return part


def of_workloads(work: Work, namespace: str) -> tuple[KubeObject, ...]:
    """List the objects of a namespace that pick some of its pods."""
    known = (obj for obj in work.inventory.of_kind(KIND) if obj.ref.namespace == namespace and _selector(obj))
    return () if namespace == work.facts.root_namespace else tuple(known)


def strict_ports(obj: KubeObject) -> tuple[str, ...]:
    """List the ports that an object makes STRICT, as it writes them."""
    ports = any_map_at(obj.raw, "spec", "portLevelMtls")
    return tuple(sorted(str(port) for port, value in ports.items() if text_at(map_at(value), "mode") == "STRICT"))


def _follow(obj: KubeObject) -> Part:
    """Let a workload that is STRICT by itself follow its namespace, which becomes so once its last caller is in."""
    own = text_at(obj.raw, *_MODE)
    fields: list[tuple[str, ...]] = [_MODE] if own == "STRICT" else []
    fields += [("spec", "portLevelMtls", port, "mode") for port in strict_ports(obj)]
    if not fields:
        return Part()
    known = owner(obj)
    if known.operator:
        text = f"{obj.ref} belongs to {known.operator}: let it set STRICT"
        return by_hand(f"{text} to UNSET until the namespace is STRICT.", f"{text} again.")
    if not patchable(obj.raw, ("spec", "mtls")) or not patchable(obj.raw, ("spec", "portLevelMtls")):
        return Part(manual=(f"{obj.ref} cannot be read: take STRICT out by hand until the namespace is STRICT.",))
    why = "Its pods would refuse callers without a proxy as soon as they have one; they become STRICT with the others."
    patch = patch_of(obj.ref, obj.api_version, (Change(path, "STRICT", "UNSET") for path in fields), why, known.warning)
    looser = own in ("PERMISSIVE", "DISABLE")
    after = f"{obj.ref} sets {own} beside STRICT ports: make those STRICT again once no caller sends plaintext"
    return Part(patches=(patch,), notes=(left_out(obj.ref, after),) if looser else ())


def _shuts(obj: KubeObject) -> bool:
    """Whether an object may cut plaintext callers off: it says so, or leaves it to the default of the mesh."""
    return text_at(obj.raw, *_MODE) in ("", "UNSET", "STRICT")


def close(work: Work, namespace: str) -> Part:
    """Make a namespace STRICT."""
    apart = ", apart from the named ports that stay open" if _has_exceptions(work, namespace) else ""
    why = f"The last caller of {namespace} that sent plaintext has a proxy now{apart}."
    obj = namespace_wide(work, namespace)
    joins = bool(work.namespace_phase.get(namespace))
    if obj is not None:
        if text_at(obj.raw, *_MODE) == "STRICT" and not joins:
            return Part(notes=(left_out(obj.ref, f"{obj.ref} is STRICT already"),))
        return set_mode(obj, "STRICT", why, opened=joins and _shuts(obj))
    ref = default_ref(work, namespace)
    if joins:
        change = Change(_MODE, "PERMISSIVE", "STRICT")
        return Part(patches=(patch_of(ref, security_api_version(work.facts.istio), (change,), why),))
    return Part(created=(create(work, ref, {}, {"mode": "STRICT"}, why),))


def _has_exceptions(work: Work, namespace: str) -> bool:
    """Whether some port of a namespace stays open to plaintext when it becomes STRICT."""
    if any(item.exceptions for item in work.plan.strict if item.namespace == namespace):
        return True
    last = work.plan.phases[-1].index if work.plan.phases else 0
    at = next((phase.index for phase in work.plan.phases if namespace in phase.strict), last)
    found = open_ports(work, namespace, at)
    return any(item.callee.kind == SERVICE or work.joins_in(item.callee) is not None for item in found)


def set_mode(obj: KubeObject, mode: str, why: str, *, opened: bool = False) -> Part:
    """Patch the mode of an object that exists; `opened` says that this plan made it PERMISSIVE before."""
    known = owner(obj)
    if known.operator:
        text = f"{obj.ref} belongs to {known.operator}: let it set the mode"
        return by_hand(f"{text} {mode}.", f"{text} back to {_was(obj, opened)}.")
    if not patchable(obj.raw, ("spec", "mtls")):
        return Part(manual=(f"{obj.ref} cannot be read: set spec.mtls.mode to {mode} by hand.",))
    prior = "PERMISSIVE" if opened else text_at(obj.raw, *_MODE) or None
    patch = patch_of(obj.ref, obj.api_version, (Change(_MODE, prior, mode),), why, known.warning)
    return Part(patches=(patch,))


def _was(obj: KubeObject, opened: bool) -> str:
    return "PERMISSIVE" if opened else text_at(obj.raw, *_MODE) or "UNSET"


def patch_of(ref: Ref, api_version: str, changes: Iterable[Change], why: str, warning: str = "") -> Patch:
    """Build a merge patch of a PeerAuthentication."""
    listed = tuple(changes)
    body, undo = merge_bodies(listed)
    return Patch(
        ref=ref,
        resource=RESOURCES[ref.kind],
        api_version=api_version,
        type=PatchType.MERGE,
        body=body,
        undo=undo,
        before=before(listed),
        why=why,
        warning=warning,
        changes=listed,
    )


def create(work: Work, ref: Ref, extra: Mapping[str, Any], mtls: Mapping[str, str], why: str) -> Created:
    """Build a PeerAuthentication; `extra` comes before the mode (a selector) or stands alone."""
    spec: dict[str, Any] = dict(extra)
    if mtls:
        spec["mtls"] = dict(mtls)
    body = {
        "apiVersion": security_api_version(work.facts.istio),
        "kind": KIND,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": dict(MANAGED)},
        "spec": spec,
    }
    return Created(ref, TEMPLATE, body, why)
