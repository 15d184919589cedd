"""Workloads and their containers: the parts of pod templates that meshplan uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.model.fields import Path, dig, int_at, map_at, maps_at, strings_at, text_at
from planner.model.objects import KubeObject
from planner.model.refs import WORKLOAD_KINDS, Ref

_TEMPLATE_PATHS: dict[str, Path] = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
_DEFAULT_TEMPLATE_PATH: Path = ("spec", "template")


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """One container of a pod template.

    Attributes:
        name: Container name.
        raw: The container as written.
        path: Where it stands in its object.
        init: Whether it is an init container (a native sidecar is one too, see `sidecar`).
        sidecar: An init container with `restartPolicy: Always`, which runs beside the others.
    """

    name: str
    raw: Mapping[str, Any]
    path: Path
    init: bool
    sidecar: bool

    @property
    def image(self) -> str:
        """Image reference as written."""
        return text_at(self.raw, "image")

    @property
    def words(self) -> tuple[tuple[Path, str], ...]:
        """Command and arguments in order, each with its path in the object."""
        return tuple(
            ((*self.path, part, index), str(word))
            for part in ("command", "args")
            for index, word in enumerate(dig(self.raw, part) if isinstance(dig(self.raw, part), list) else ())
            if isinstance(word, str | int | float) and not isinstance(word, bool)
        )

    @property
    def ports(self) -> tuple[Mapping[str, Any], ...]:
        """Declared container ports."""
        return tuple(port for _, port in maps_at(self.raw, "ports"))


@dataclass(frozen=True, eq=False)
class Workload:
    """Something that runs pods, seen through its pod template."""

    object: KubeObject
    template_path: Path

    @property
    def ref(self) -> Ref:
        """Name of the workload."""
        return self.object.ref

    @cached_property
    def template(self) -> Mapping[str, Any]:
        """The pod template (for a bare Pod, the object itself)."""
        return map_at(self.object.raw, *self.template_path)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Labels of the pods."""
        return strings_at(self.template, "metadata", "labels")

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of the pods."""
        return strings_at(self.template, "metadata", "annotations")

    @cached_property
    def pod_spec(self) -> Mapping[str, Any]:
        """The `spec` of the pods."""
        return map_at(self.template, "spec")

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Init containers first, then the others, in the order written."""
        return (*self._containers("initContainers"), *self._containers("containers"))

    def _containers(self, part: str) -> Iterator[Container]:
        init = part == "initContainers"
        for index, raw in maps_at(self.pod_spec, part):
            always = init and text_at(raw, "restartPolicy") == "Always"
            path = (*self.template_path, "spec", part, index)
            yield Container(text_at(raw, "name"), raw, path, init, always)

    @property
    def host_network(self) -> bool:
        """Whether the pods use the node's network and so can never have a proxy."""
        return self.pod_spec.get("hostNetwork") is True

    @property
    def service_account(self) -> str:
        """Service account of the pods."""
        named = text_at(self.pod_spec, "serviceAccountName") or text_at(self.pod_spec, "serviceAccount")
        return named or "default"

    @property
    def replicas(self) -> int:
        """Wanted pods; 1 where the object does not say."""
        wanted = int_at(self.object.raw, "spec", "replicas")
        return 1 if wanted is None else wanted

    @property
    def ends(self) -> bool:
        """Whether the pods are meant to end by themselves (Job, CronJob)."""
        return self.ref.kind in ("Job", "CronJob") or text_at(self.pod_spec, "restartPolicy") in ("Never", "OnFailure")


def owner_of(raw: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (kind, name) of the controlling owner of an object, or None."""
    for _, owner in maps_at(raw, "metadata", "ownerReferences"):
        if owner.get("controller") is True:
            return text_at(owner, "kind"), text_at(owner, "name")
    return None


def as_workload(obj: KubeObject) -> Workload | None:
    """See an object as a workload, or return None.

    A pod, ReplicaSet or Job that a controller owns is not a workload of its own. A custom resource
    that carries a pod template at `spec.template` (an Argo Rollout, say) is one.
    """
    kind = obj.ref.kind
    path = _TEMPLATE_PATHS.get(kind, _DEFAULT_TEMPLATE_PATH)
    if kind not in WORKLOAD_KINDS:
        has_template = isinstance(dig(obj.raw, *path, "spec", "containers"), list)
        return Workload(obj, path) if has_template and obj.group not in ("", "apps", "batch") else None
    if kind in ("Pod", "ReplicaSet", "ReplicationController", "Job") and owner_of(obj.raw):
        return None
    return Workload(obj, path)
