"""What a rule may ask; records what it did ask, so that its declared kinds can be held against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar, cast

from planner.graph.traffic import TrafficGraph
from planner.mesh.installed import installed, istio_version, oldest_kubelet, outbound_policy, sees_cni
from planner.mesh.native_sidecar import ANNOTATION, NativeSidecar, native_sidecars
from planner.mesh.protocol import Declared, declared
from planner.mesh.versions import Version
from planner.mesh.webhooks import Installed
from planner.model.fields import Path, render_path
from planner.model.finding import Before, Finding, Outcome, Rule, Severity
from planner.model.flow import Evidence
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import CLUSTER, WORKLOAD_KINDS, Ref
from planner.model.services import Service, ServicePort
from planner.model.snapshot import Snapshot
from planner.model.workloads import Workload
from planner.settings import DEFAULT_ISTIO, DEFAULT_KUBERNETES, Settings

T = TypeVar("T")

CLUSTER_SUBJECT = Ref("", "snapshot", CLUSTER)
"""Subject of a finding that is about what was not read."""


def is_system(namespace: str) -> bool:
    """Whether a namespace is Kubernetes' own, in which nothing is ever injected; no rule looks there."""
    return namespace.startswith("kube-")


class Context:
    """Read-only view of the snapshot and the graph for one run of the rules.

    What a rule walks through (`workloads`, `services`, `of_kind`) is recorded and leaves out Kubernetes' own
    namespaces. What it looks up from there (`behind`, `get` …) is neither.

    Args:
        snapshot: What was read.
        graph: Flows that were found.
        settings: What the user said.
    """

    def __init__(self, snapshot: Snapshot, graph: TrafficGraph, settings: Settings) -> None:
        self._inventory = snapshot.inventory
        self._graph = graph
        self._memory: dict[object, object] = {}
        self.settings = settings
        seen = snapshot.istio_version or istio_version(self._inventory)
        self.istio = Version.parse(settings.istio_version or seen or DEFAULT_ISTIO)
        told = settings.kubernetes_version or snapshot.kubernetes_version
        self.kubelet = Version.parse(told) if told else oldest_kubelet(self._inventory)
        """Oldest version of the nodes, None where nobody said and none was read."""
        self.kubernetes = self.kubelet or Version.parse(DEFAULT_KUBERNETES)
        policy = settings.outbound_policy or outbound_policy(self._inventory, settings.root_namespace)
        self.registry_only = policy == "REGISTRY_ONLY"
        self.cluster_domain = settings.cluster_domain or "cluster.local"
        self.asked: set[str] = set()

    def of_kind(self, *kinds: str) -> tuple[KubeObject, ...]:
        """Return the objects of some kinds."""
        self.asked.update(kinds)
        found = self._inventory.of_kind(*kinds)
        return tuple(obj for obj in found if not is_system(obj.ref.namespace or _own_name(obj)))

    @property
    def workloads(self) -> tuple[Workload, ...]:
        """Every workload once."""
        self.asked.update(WORKLOAD_KINDS)
        return self._workloads

    @cached_property
    def _workloads(self) -> tuple[Workload, ...]:
        return tuple(w for w in self._inventory.workloads if not is_system(w.ref.namespace))

    @property
    def services(self) -> tuple[Service, ...]:
        """Every Service once."""
        self.asked.add("Service")
        return self._services

    @cached_property
    def _services(self) -> tuple[Service, ...]:
        return tuple(s for s in self._inventory.services if not is_system(s.ref.namespace))

    @property
    def graph(self) -> TrafficGraph:
        """The flows."""
        return self._graph

    @property
    def inventory(self) -> Inventory:
        """The index itself, for questions about how objects refer to each other; not recorded."""
        return self._inventory

    def once(self, make: Callable[[Context], T]) -> T:
        """Return what a function makes of this context, worked out the first time it is asked for."""
        if make not in self._memory:
            self._memory[make] = make(self)
        return cast(T, self._memory[make])

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """Return the workloads that a Service selects."""
        return self._inventory.behind(service)

    def declared(self, port: ServicePort) -> Declared:
        """Say what Istio takes a Service port for."""
        return declared(port.number, port.name, port.l4, port.app_protocol, self.istio)

    def native(self, workload: Workload) -> NativeSidecar:
        """Say whether the proxy of a workload's pods would be a native sidecar."""
        wish = self.settings.native_sidecars
        flag = None if wish is None else str(wish).lower()
        return native_sidecars(self.istio, self.kubelet, workload.annotations.get(ANNOTATION), flag)

    @cached_property
    def cni(self) -> bool | None:
        """Whether Istio CNI is installed; None where nobody said and it was not seen."""
        return self.settings.cni if self.settings.cni is not None else sees_cni(self._inventory)

    @cached_property
    def installed(self) -> Installed:
        """What of the injector is installed, as far as it can be seen."""
        return installed(self._inventory, self.settings.revision)

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """Labels of a namespace; empty where it has none or was not read."""
        return self._inventory.namespace_labels(namespace) or {}


def _own_name(obj: KubeObject) -> str:
    return obj.ref.name if obj.ref.kind == "Namespace" else ""


def cite(rule: Rule, obj: KubeObject, path: Path = (), text: str = "", offset: int = 0) -> Evidence:
    """Point at the field of an object that a finding rests on."""
    line = obj.line_of(path, offset)
    return Evidence(rule.name, obj.file, line, str(obj.ref), render_path(path), 1.0, " ".join(text.split())[:200])


def finding(
    rule: Rule,
    subject: Ref,
    message: str,
    evidence: tuple[Evidence, ...] = (),
    *,
    outcome: Outcome = Outcome.BLOCKED,
    severity: Severity | None = None,
    confidence: float = 1.0,
    fix: str = "",
    detail: str = "",
    before: Before | None = None,
) -> Finding:
    """Build a finding of a rule; what is not given is taken from the rule."""
    return Finding(
        rule=rule.id,
        name=rule.name,
        subject=subject,
        outcome=outcome,
        severity=severity or rule.severity,
        confidence=confidence,
        message=message,
        evidence=evidence,
        fix=fix or rule.fix,
        before=before or rule.before,
        detail=detail,
    )
