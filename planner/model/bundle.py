"""What one step changes, as typed contents; rendered to files by `planner.render`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.model.note import Note
from planner.model.plan import Gate
from planner.model.refs import Ref


class PatchType(StrEnum):
    """The `--type` of `kubectl patch`."""

    MERGE = "merge"
    STRATEGIC = "strategic"
    JSON = "json"


@dataclass(frozen=True, slots=True, eq=False)
class Created:
    """An object that is created whole, and removed on the way back.

    Attributes:
        ref: Name of the object.
        template: Name of the template that renders it.
        body: The object that the rendered text must parse back to.
        why: One sentence; becomes a comment in the file.
    """

    ref: Ref
    template: str
    body: Mapping[str, Any]
    why: str


Item = tuple[tuple[str, str], ...]
"""A list item named by its own fields (`port` and `protocol`), so that its position may change."""

FieldPath = tuple[str | int | Item, ...]
"""Where a changed field stands: keys, indexes, and items by their fields."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One field that a patch sets, with the value that must stand there before and after.

    Attributes:
        path: Where it stands.
        old: Prior value; None where the field is absent.
        new: Value that the patch sets; None where it removes the field.
        known: False where the object was not read, so that `old` is an assumption.
    """

    path: FieldPath
    old: Any
    new: Any
    known: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """The same change for the user's own manifests, as kustomize applies it.

    Attributes:
        namespace: Namespace as the manifest names it; empty where it names none.
        operations: JSON patch (RFC 6902) of the manifest.
    """

    namespace: str
    operations: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """The smallest change of an object that exists, and its exact way back.

    Attributes:
        ref: Object to change.
        resource: Name for kubectl (`deployment.apps`, `service`).
        api_version: Of the object.
        type: Patch type.
        body: The patch (a list of operations for a JSON patch).
        undo: Patch of the same type that restores the prior values.
        before: Values that must stand there now, by rendered path, each as JSON text (`null` for absent);
            what undo restores. Empty for fields that were not read.
        why: One sentence.
        warning: What may undo it (a GitOps controller, an operator), or an empty string.
        restarts: Whether it restarts pods.
        changes: The same as `before`, with the values to come, for scripts and for `operate`.
        overlay: The change for the manifest that was read; None where none was.
    """

    ref: Ref
    resource: str
    api_version: str
    type: PatchType
    body: Any
    undo: Any
    before: tuple[tuple[str, str], ...]
    why: str
    warning: str = ""
    restarts: bool = False
    changes: tuple[Change, ...] = ()
    overlay: Overlay | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """One workload whose pods are replaced in a step.

    Attributes:
        ref: The workload.
        selector: Label selector of its pods as `kubectl -l` takes it; empty where it has none.
        by_patch: True where a template patch of the same step restarts it, so that nothing else must.
    """

    ref: Ref
    selector: str
    by_patch: bool = False


@dataclass(frozen=True, slots=True)
class EgressCheck:
    """One host that must answer, asked from the application's own container.

    Attributes:
        namespace: Namespace of the caller.
        resource: `deployment/payments-api`.
        container: An application container, never the proxy.
        host: Host to reach.
        port: Port to reach.
        scheme: `http`, `https` or `tcp`.
    """

    namespace: str
    resource: str
    container: str
    host: str
    port: int
    scheme: str


@dataclass(frozen=True, slots=True)
class Settle:
    """Something that a rule found and that must be settled before a step.

    Attributes:
        id: Stable name of the finding.
        rule: Rule id.
        subject: Object it is about, as messages print it.
        message: What was seen.
        fix: What to do about it.
    """

    id: str
    rule: str
    subject: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, eq=False)
class StepBundle:
    """Contents of one step.

    Attributes:
        name: Folder name, `20-label`.
        title: What it does.
        why: Why it is a step of its own.
        created: Objects to create, in order.
        patches: Patches to make, in order.
        restarts: Workloads to restart, canary first, for `kubectl rollout restart`.
        manual: What a person must do by hand in this step, as sentences.
        rollouts: All workloads whose pods this step replaces, in order, one after the other; those that
            a patch restarts and those in `restarts`.
        back: How the work done by hand is taken back, as sentences; what needs no way back has none.
        unchecked: What `verify` cannot look at, as sentences (a CronJob that has not run yet).
        settle: What must be settled before this step.
    """

    name: str
    title: str
    why: str
    created: tuple[Created, ...] = ()
    patches: tuple[Patch, ...] = ()
    restarts: tuple[Ref, ...] = ()
    manual: tuple[str, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    back: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    settle: tuple[Settle, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PhaseBundle:
    """Contents of one phase.

    Attributes:
        index: Index of the phase.
        folder: `01-canary`; may hold any character, the renderer makes it safe.
        namespaces: Namespaces of its units.
        steps: In the order in which they are applied.
        checks: Hosts that must answer once the pods have a proxy.
        notes: What was left out or is uncertain.
        gates: What must hold before the next step or phase.
        undo_order: Names of the steps in the order in which they are taken back. It is not the reverse:
            the label goes before the restart, or new pods would be injected again.
        settle: What is open at its namespaces and belongs to no step of this phase.
    """

    index: int
    folder: str
    namespaces: tuple[str, ...]
    steps: tuple[StepBundle, ...]
    checks: tuple[EgressCheck, ...] = ()
    notes: tuple[Note, ...] = ()
    gates: tuple[Gate, ...] = ()
    undo_order: tuple[str, ...] = ()
    settle: tuple[Settle, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file to be written below the output folder.

    Attributes:
        path: Relative path with forward slashes.
        text: Contents.
        executable: Whether it is a script.
    """

    path: str
    text: str
    executable: bool = False
