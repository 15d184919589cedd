"""What a step does to the cluster, as a list: objects created, patches, restarts, in the order of `apply.sh`."""

from __future__ import annotations

from dataclasses import dataclass

from planner.model.bundle import Change, Created, Patch, Rollout, StepBundle
from planner.model.refs import Ref

TEMPLATE = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
"""Annotation by which kubectl restarts. Source: kubernetes/kubectl pkg/polymorphichelpers/objectrestarter.go."""

WORKLOADS = "apps/v1"
"""Group and version of everything that can be restarted so."""


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One change of one object; exactly one of the three is set, or a rollout with the patch that causes it.

    Attributes:
        key: Name inside the step, by which the record knows it.
        ref: The object.
        created: Object to create.
        patch: Patch to make.
        rollout: Workload that is waited for afterwards; without a patch it is restarted by an annotation.
    """

    key: str
    ref: Ref
    created: Created | None = None
    patch: Patch | None = None
    rollout: Rollout | None = None

    @property
    def api_version(self) -> str:
        """Group and version of the object."""
        if self.created is not None:
            return str(self.created.body["apiVersion"])
        return self.patch.api_version if self.patch else WORKLOADS

    @property
    def changes(self) -> tuple[Change, ...]:
        """Fields that it sets."""
        return self.patch.changes if self.patch else ()

    @property
    def verb(self) -> str:
        """`create`, `patch` or `restart`."""
        return "create" if self.created else "patch" if self.patch else "restart"


def forth(step: StepBundle) -> tuple[Action, ...]:
    """List the actions of a step in order: created objects, patches, then workloads one after the other."""
    by_ref = {patch.ref: patch for patch in step.patches if patch.restarts}
    moved = {item.ref for item in step.rollouts}
    found = [Action(f"create {c.ref} {n}", c.ref, created=c) for n, c in enumerate(step.created)]
    for n, patch in enumerate(step.patches):
        if not (patch.restarts and patch.ref in moved):
            found.append(Action(f"patch {patch.ref} {n}", patch.ref, patch=patch))
    for n, item in enumerate(step.rollouts):
        found.append(Action(f"rollout {item.ref} {n}", item.ref, patch=by_ref.get(item.ref), rollout=item))
    return tuple(found)


def back(step: StepBundle) -> tuple[Action, ...]:
    """List the same actions as `undo.sh` takes them back: patches, then workloads, then what was created."""
    listed = forth(step)[::-1]
    plain = tuple(a for a in listed if a.patch and not a.rollout)
    return (*plain, *(a for a in listed if a.rollout), *(a for a in listed if a.created))
