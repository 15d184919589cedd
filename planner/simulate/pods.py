"""Which pods a workload has at a moment: those that run, and those that any eviction would bring.

Source: istio/istio mutatingwebhook.yaml (only the creation of a pod is intercepted, so that a label changes nothing
for pods that run, and everything for the next one).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.mesh.ambient import captured
from planner.mesh.injection import Installed, decide
from planner.mesh.peers import Peer, Proxy, container_ports
from planner.model.inventory import Inventory
from planner.model.objects import KubeObject
from planner.model.refs import SERVICE, Ref
from planner.model.services import Service
from planner.model.workloads import Workload, as_workload, owner_of
from planner.simulate.overlay import Overlay

_BY_ITSELF = ("CronJob", "Job")


@dataclass(frozen=True, slots=True)
class Pods:
    """The kinds of pod that one workload may have at a moment: one, or two while it changes."""

    kinds: tuple[Peer, ...]


class PodStates:
    """Keeps the pods of every workload, from moment to moment.

    Args:
        inventory: What was read.
        overlay: The objects as they stand.
        installed: Revisions that have an injector.
    """

    def __init__(self, inventory: Inventory, overlay: Overlay, installed: Installed) -> None:
        self._inventory = inventory
        self._overlay = overlay
        self._installed = installed
        self._seen = _proxies_seen(inventory)
        self._running: dict[Ref, Peer] = {}
        self._now: dict[Ref, tuple[Peer, ...]] = {}
        self._behind: dict[Ref, tuple[Peer, ...]] = {}
        self._made: dict[tuple[Ref, Proxy], Peer] = {}
        for workload in inventory.workloads:
            peer = self._new(workload)
            proxy = self._seen.get(workload.ref, peer.proxy)
            self._running[workload.ref] = peer if proxy is peer.proxy else _with_proxy(peer, proxy)
            self._now[workload.ref] = self._kinds(workload)

    def of(self, ref: Ref) -> tuple[Peer, ...]:
        """Give the kinds of pod that a workload has; empty where its pods are made by an operator."""
        return self._now.get(ref, ())

    def behind(self, service: Service) -> tuple[Peer, ...]:
        """Give the kinds of pod that a Service may send to."""
        known = self._behind.get(service.ref)
        if known is None:
            found = tuple(peer for workload in self._inventory.behind(service) for peer in self.of(workload.ref))
            known = self._behind[service.ref] = found or self._unread(service)
        return known

    def _unread(self, service: Service) -> tuple[Peer, ...]:
        """Stand in for pods that were not read: an operator makes them, with a proxy where the label says so."""
        if not service.selector:
            return ()
        namespace = service.ref.namespace
        ref = Ref(namespace, service.ref.name, SERVICE)
        bare = Peer(ref, service.selector, Proxy.NONE)
        proxy = self._decided(namespace, service.selector, {}, host_network=False)
        return (bare,) if proxy is Proxy.NONE else (bare, _with_proxy(bare, proxy))

    def refresh(self, refs: Iterable[Ref]) -> tuple[Ref, ...]:
        """Look again at workloads whose labels or whose namespace changed; give those that now differ."""
        changed = []
        self._behind.clear()
        for ref in refs:
            workload = self._workload(ref)
            if workload is None:
                continue
            kinds = self._kinds(workload)
            if [(p.proxy, p.labels) for p in kinds] != [(p.proxy, p.labels) for p in self.of(ref)]:
                changed.append(ref)
            self._now[ref] = kinds
        return tuple(changed)

    def replace(self, ref: Ref) -> None:
        """Note that every pod of a workload was replaced by a new one."""
        workload = self._workload(ref)
        self._behind.clear()
        if workload is not None:
            self._running[ref] = self._new(workload)
            self._now[ref] = (self._running[ref],)

    def _kinds(self, workload: Workload) -> tuple[Peer, ...]:
        running, new = self._running[workload.ref], self._new(workload)
        same = running.proxy is new.proxy and running.labels == new.labels
        return (running,) if same else (running, new)

    def _workload(self, ref: Ref) -> Workload | None:
        """Give a workload with its template as it stands."""
        read = self._inventory.workload(ref)
        if read is None:
            return None
        raw = self._overlay.raw(ref)
        return read if raw is read.object.raw else as_workload(_object(read.object, raw))

    def _new(self, workload: Workload) -> Peer:
        """Describe the next pod that a workload would get."""
        proxy = self._decided(workload.ref.namespace, workload.labels, workload.annotations, workload.host_network)
        known = self._made.get((workload.ref, proxy))
        if known is not None and (known.labels, known.annotations) == (workload.labels, workload.annotations):
            return known  # the same object, so that what is known of it stays known
        ports = container_ports(container.raw for container in workload.containers)
        peer = Peer(workload.ref, workload.labels, proxy, workload.annotations, workload.service_account, ports)
        self._made[workload.ref, proxy] = peer
        return peer

    def _decided(
        self, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str], host_network: bool
    ) -> Proxy:
        around = self._namespace_labels(namespace)
        if decide(namespace, around, labels, annotations, host_network, self._installed).injected:
            return Proxy.SIDECAR
        enrolled = captured(namespace, around, labels, annotations, host_network).captured
        return Proxy.ZTUNNEL if enrolled else Proxy.NONE

    def _namespace_labels(self, namespace: str) -> Mapping[str, str]:
        raw = self._overlay.raw(Ref("", namespace, "Namespace"))
        return KubeObject(Ref("", namespace, "Namespace"), "v1", raw).labels


def _object(old: KubeObject, raw: Mapping[str, object]) -> KubeObject:
    return KubeObject(old.ref, old.api_version, raw, old.file, old.document)


def _with_proxy(peer: Peer, proxy: Proxy) -> Peer:
    return Peer(peer.ref, peer.labels, proxy, peer.annotations, peer.account, peer.ports)


def _proxies_seen(inventory: Inventory) -> dict[Ref, Proxy]:
    """Read off the pods that run whether they have a proxy, by the workload that owns them."""
    found: dict[Ref, Proxy] = {}
    for pod in inventory.of_kind("Pod"):
        workload = as_workload(KubeObject(pod.ref, pod.api_version, _unowned(pod.raw)))
        owner = _owner(pod, inventory)
        if workload is None or owner is None:
            continue
        has = any(container.name == "istio-proxy" for container in workload.containers)
        enrolled = pod.annotations.get("ambient.istio.io/redirection") == "enabled"
        found[owner] = Proxy.SIDECAR if has else Proxy.ZTUNNEL if enrolled else Proxy.NONE
    return found


def _unowned(raw: Mapping[str, object]) -> Mapping[str, object]:
    metadata = raw.get("metadata")
    known = metadata if isinstance(metadata, Mapping) else {}
    return {**raw, "metadata": {key: value for key, value in known.items() if key != "ownerReferences"}}


def _owner(pod: KubeObject, inventory: Inventory) -> Ref | None:
    """Find the workload that a pod belongs to, through its ReplicaSet or Job."""
    raw, namespace = pod.raw, pod.ref.namespace
    if owner_of(raw) is None:
        return pod.ref
    while (owner := owner_of(raw)) is not None:
        kind, name = owner
        ref = Ref(namespace, name, kind)
        if inventory.workload(ref) is not None:
            return ref
        obj = inventory.get(kind, namespace, name)
        if obj is None:
            # A ReplicaSet that was not read: its name is that of the Deployment and a hash.
            guess = Ref(namespace, name.rpartition("-")[0], "Deployment")
            return guess if kind == "ReplicaSet" and inventory.workload(guess) is not None else None
        raw = obj.raw
    return None
