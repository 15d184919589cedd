"""The cluster on which the rollout is played: objects and pods as they stand, and how a step changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from planner.graph.traffic import TrafficGraph
from planner.mesh.installed import installed, sees_cni
from planner.mesh.peer_authentication import service_mode
from planner.mesh.peers import MeshSettings
from planner.mesh.view import KINDS, MeshView, exported_to
from planner.model.bundle import StepBundle
from planner.model.fields import map_at
from planner.model.finding import Finding
from planner.model.flow import Flow
from planner.model.objects import KubeObject
from planner.model.refs import SERVICE, Ref
from planner.model.services import Service
from planner.model.snapshot import Snapshot
from planner.plan.facts import Facts
from planner.plan.host_rewrites import host_rewrites
from planner.settings import Settings
from planner.simulate.calls import API_SERVER_SERVICE, Circles
from planner.simulate.overlay import Overlay
from planner.simulate.pods import PodStates
from planner.simulate.touched import Touch

_PEERS = "PeerAuthentication"
_API_SERVER = Service(
    KubeObject(
        Ref(*API_SERVER_SERVICE, SERVICE),
        "v1",
        {"spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "https", "port": 443, "protocol": "TCP"}]}},
    )
)
"""The Service of the API server, which is in every cluster and in few exports."""


class Stage:
    """Objects and pods at one moment; a step changes both.

    Args:
        snapshot: What was read.
        graph: Flows.
        findings: What the rules say; read for the proxies that send a Host of their own.
        settings: What the user said.
        facts: Versions and switches.
    """

    def __init__(
        self, snapshot: Snapshot, graph: TrafficGraph, findings: Iterable[Finding], settings: Settings, facts: Facts
    ) -> None:
        self._inventory = snapshot.inventory
        self._graph = graph
        self._facts = facts
        self._overlay = Overlay(snapshot.inventory)
        self._pods = PodStates(snapshot.inventory, self._overlay, installed(snapshot.inventory, settings.revision))
        self.view: MeshView = self._look()
        self.around = Circles(
            snapshot.inventory,
            self._service,
            self._pods,
            facts,
            settings.cni if settings.cni is not None else sees_cni(snapshot.inventory),
            {(r.proxy, r.target, r.port): r.host for r in host_rewrites(findings)},
        )

    def change(self, step: StepBundle, *, back: bool = False) -> tuple[Flow, ...]:
        """Make the changes of a step, or take them back, before any pod is replaced; give the flows they can touch."""
        # Whom a patched object was exported to before, and whom after, may differ.
        patched = frozenset(patch.ref for patch in step.patches)
        if not back:
            return self._changed(self._overlay.apply(step), {}, patched)
        gone = {item.ref: item.body for item in step.created}
        return self._changed(self._overlay.revert(step), gone, patched)

    def replace(self, refs: Iterable[Ref]) -> tuple[Flow, ...]:
        """Replace every pod of some workloads by a new one; give the flows that this can touch."""
        renewed = tuple(refs)
        for ref in renewed:
            self._pods.replace(ref)
        return tuple(self._touch.by_workloads(renewed))

    def between(self, refs: Iterable[Ref]) -> bool:
        """Whether some workload has pods with and without a proxy at this moment."""
        return any(len({peer.proxy for peer in self._pods.of(ref)}) > 1 for ref in refs)

    def jobs_of(self, namespaces: Iterable[str]) -> tuple[Ref, ...]:
        """Name the workloads of some namespaces that get new pods by themselves."""
        found = (workload for name in namespaces for workload in self._inventory.workloads_in(name))
        return tuple(workload.ref for workload in found if workload.ref.kind in ("CronJob", "Job"))

    def _changed(
        self, changed: tuple[Ref, ...], gone: Mapping[Ref, Mapping[str, object]], patched: frozenset[Ref]
    ) -> tuple[Flow, ...]:
        found: list[Flow] = []
        meshed = [ref for ref in changed if ref.kind in (*KINDS, SERVICE)]
        modes = {ref.namespace: self._mode_of(ref.namespace) for ref in meshed if ref.kind == _PEERS}
        if meshed:
            self.view = self._look(self._seen_by(meshed, gone, patched))
        for ref in meshed:
            if self._same_mode(ref, modes):
                continue
            found.extend(self._touch.by_object(ref, self._overlay.raw(ref) or gone.get(ref, {}), ref in patched))
        for ref in changed:
            around = self._inventory.workloads_in(ref.name) if ref.kind == "Namespace" else ()
            moved = self._pods.refresh((ref, *(workload.ref for workload in around)))
            found.extend(self._touch.by_workloads(moved))
            found.extend(flow for flow in self._of_operators(ref.name) if ref.kind == "Namespace")
        return tuple(found)

    def _mode_of(self, namespace: str) -> str:
        root = self._facts.root_namespace
        objects = (*self.view.in_namespace(_PEERS, namespace), *self.view.in_namespace(_PEERS, root))
        return service_mode(objects, namespace, root).mode

    def _same_mode(self, ref: Ref, before: Mapping[str, str]) -> bool:
        """Whether an object for a whole namespace says what held there before, as the first PERMISSIVE mostly does."""
        if ref.kind != _PEERS or ref.namespace == self._facts.root_namespace:
            return False
        raw = self._overlay.raw(ref)
        return (
            bool(raw) and not map_at(raw, "spec", "selector") and self._mode_of(ref.namespace) == before[ref.namespace]
        )

    def _of_operators(self, namespace: str) -> Iterable[Flow]:
        """Give the flows to Services of a namespace whose pods were not read."""
        return (flow for flow in self._graph.reaching(namespace) if not flow.to_workloads)

    @cached_property
    def _touch(self) -> Touch:
        flows = (flow for flow in self._graph.flows if self._rewritten(flow))
        return Touch(self._graph, self._facts.root_namespace, self._facts.cluster_domain, flows)

    def _rewritten(self, flow: Flow) -> bool:
        return any((flow.source, flow.target, port) in self.around.hosts for port in (flow.port, None))

    def _seen_by(
        self, refs: Iterable[Ref], gone: Mapping[Ref, Mapping[str, object]], patched: frozenset[Ref]
    ) -> dict[str, frozenset[str] | None]:
        """Say which namespaces see that objects changed, by kind; None for all."""
        found: dict[str, frozenset[str] | None] = {}
        for ref in refs:
            known = found.get(ref.kind, frozenset())
            seen: frozenset[str] | None = frozenset({ref.namespace})
            if ref.kind == SERVICE or ref.namespace == self._facts.root_namespace:
                seen = None
            elif ref.kind in ("DestinationRule", "ServiceEntry", "VirtualService"):
                raw = self._overlay.raw(ref) or gone.get(ref, {})
                exports = None if ref in patched else exported_to(raw)
                seen = None if exports is None else exports | {ref.namespace}
            found[ref.kind] = None if known is None or seen is None else known | seen
        return found

    def _look(self, changed: Mapping[str, frozenset[str] | None] | None = None) -> MeshView:
        """Look at the mesh, anew where objects of some kinds have changed; what hangs on others is still known."""
        settings = MeshSettings(
            istio=self._facts.istio,
            registry_only=self._facts.registry_only,
            root_namespace=self._facts.root_namespace,
            cluster_domain=self._facts.cluster_domain,
        )
        before = self.view if changed is not None else None
        services = self._services() if before is None or SERVICE in (changed or {}) else before.services
        return MeshView(settings, services, self._pods.behind, self._overlay.mesh_objects(), before, changed)

    def _service(self, namespace: str, name: str) -> Service | None:
        return self.view.service_named(namespace, name)

    def _services(self) -> Iterable[Service]:
        if self._inventory.service(*API_SERVER_SERVICE) is None:
            yield _API_SERVER
        changed = self._overlay.changed(SERVICE)
        for service in self._inventory.services:
            raw = changed.get(service.ref)
            obj = service.object
            yield service if raw is None else Service(KubeObject(obj.ref, obj.api_version, raw, obj.file, obj.document))
