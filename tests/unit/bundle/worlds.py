"""Small clusters for the tests of bundles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from planner.bundle.build import build
from planner.bundle.work import Work
from planner.graph.traffic import TrafficGraph
from planner.model.bundle import Created, Patch, PhaseBundle, StepBundle
from planner.model.finding import Finding
from planner.model.flow import Flow
from planner.model.objects import KubeObject
from planner.model.plan import Objective, Phase, Plan, Unit
from planner.model.readiness import Readiness
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.plan.facts import gather
from planner.settings import Settings


def obj(text: str | dict[str, Any], namespace: str = "shop") -> KubeObject:
    """Read one object; it lies in the namespace that it names, else in the given one."""
    raw = yaml.safe_load(text) if isinstance(text, str) else text
    meta = raw.setdefault("metadata", {})
    where = "" if raw["kind"] in ("Namespace", "ClusterRole") else meta.get("namespace", namespace)
    return KubeObject(Ref(where, meta["name"], raw["kind"]), raw["apiVersion"], raw, "x.yaml", 1)


def deployment(name: str, namespace: str = "shop", labels: dict[str, str] | None = None, **spec: Any) -> KubeObject:
    pods = {"k8s-app": name} if labels is None else labels
    image = spec.pop("image", f"example.com/{name}:1.4.2")
    kind = spec.pop("kind", "Deployment")
    meta = {"name": name, "namespace": namespace, **spec.pop("metadata", {})}
    ports = [{"containerPort": port} for port in spec.pop("container_ports", ())]
    container = {"name": "app", "image": image, **({"ports": ports} if ports else {})}
    template = {"metadata": {"labels": pods}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    body = {"selector": {"matchLabels": pods}, "replicas": 2, "template": template, **spec}
    return obj({"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": body})


def service(name: str, *ports: dict[str, Any], namespace: str = "shop", **spec: Any) -> KubeObject:
    body = {"selector": {"k8s-app": name}, "ports": [{"protocol": "TCP", **port} for port in ports], **spec}
    meta = {"name": name, "namespace": namespace}
    return obj({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": body})


def namespace(name: str, **labels: str) -> KubeObject:
    return obj({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


DEFAULTS = Settings()


@dataclass(frozen=True)
class World:
    """A plan over some objects and flows."""

    objects: tuple[KubeObject, ...]
    plan: Plan
    flows: tuple[Flow, ...] = ()
    findings: tuple[Finding, ...] = ()
    settings: Settings = DEFAULTS

    @property
    def work(self) -> Work:
        snapshot = Snapshot(self.objects)
        facts = gather(snapshot, self.settings)
        return Work(self.plan, snapshot, TrafficGraph(self.flows), self.findings, self.settings, facts)

    def bundles(self) -> tuple[PhaseBundle, ...]:
        work = self.work
        return build(self.plan, work.snapshot, work.graph, self.findings, self.settings, work.facts)

    def step(self, phase: int, name: str) -> StepBundle | None:
        return next((s for s in self.bundles()[phase].steps if s.name == name), None)


def plan_of(
    *phases: tuple[str | Unit, ...],
    strict: dict[str, int] | None = None,
    registry_only: tuple[str, ...] = (),
    already: tuple[str, ...] = (),
) -> Plan:
    """Build a plan: phase 0, one phase per tuple of namespaces or units, and the closing one."""
    closing = strict or {}
    units = [tuple(Unit(u) if isinstance(u, str) else u for u in names) for names in phases]
    joining = [
        Phase(i, f"p{i}", us, strict=tuple(sorted(n for n, at in closing.items() if at == i)))
        for i, us in enumerate(units, start=1)
    ]
    inside = sorted({u.namespace for us in units for u in us} | set(already))
    readiness = tuple(Readiness(name, closing.get(name)) for name in inside)
    return Plan(
        phases=(Phase(0, "prepare", ()), *joining, Phase(len(units) + 1, "close", (), registry_only=registry_only)),
        objective=Objective(0.0, {}, "test", 0),
        classes=(),
        outside=(),
        inside=tuple(inside),
        strict=readiness,
        registry_only=(),
        edges=(),
        cycles=(),
        assumed=(),
    )


def patch(step: StepBundle | None, name: str) -> Patch:
    assert step is not None
    return next(p for p in step.patches if p.ref.name == name)


def created(step: StepBundle | None, kind: str) -> tuple[Created, ...]:
    return tuple(c for c in step.created if c.ref.kind == kind) if step else ()


def messages(bundle: PhaseBundle) -> str:
    return "\n".join(note.message for note in bundle.notes)
