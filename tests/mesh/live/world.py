"""Everything together: API server, istiod, the pods of a folder of manifests, the world outside, and a caller."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.cluster import control_plane
from tests.cluster.api import MERGE, Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.loading import load
from tests.mesh.live import flows as reading
from tests.mesh.live.calling import CLIENT, Caller
from tests.mesh.live.controllers import Controllers, Workload
from tests.mesh.live.flows import Flow
from tests.mesh.live.istiod import Istiod
from tests.mesh.live.machine import NODE, Machine
from tests.mesh.live.pods import NODE_IP, Kubelet

KUBELET = "v1.33.0"
"""Version that the node shows; istiod goes by it when it chooses native sidecars."""
SIDECAR = ("pilot-agent", "envoy", "envoy_bootstrap.json")
_OUTSIDE = "198.51.100"
Raw = dict[str, Any]


class World:
    """A live mesh.

    Attributes:
        plane: The API server.
        machine: The machine room.
        istiod: Istio's control plane.
    """

    def __init__(self, home: Path, assets: Path, parts: Path) -> None:
        """Start API server, machine room and istiod, with no pod yet.

        Args:
            home: An empty folder.
            assets: Programs of the API server.
            parts: Programs of the mesh.
        """
        self.home, self.parts = home, parts
        self._shared = home / "shared"
        self._ends: list[Callable[[], None]] = []
        self._servers: Mapping[str, Mapping[int, str]] = {}
        try:
            self.plane: ControlPlane = control_plane.start(home / "plane", assets)
            self._ends.append(self.plane.stop)
            self.machine = Machine(parts / "wire", NODE_IP, home / "wire.log")
            self._ends.append(self.machine.stop)
            self._share()
            self._begin(assets)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Take everything down, in the reverse order."""
        while self._ends:
            self._ends.pop()()

    def populate(
        self, flows: Iterable[Flow], replicas: Mapping[str, int], hosts: Mapping[tuple[str, str], str]
    ) -> None:
        """Run the pods of what was loaded, with servers for these flows, and the hosts outside that they name."""
        every = tuple(flows)
        self._servers = servers(self.plane.api(), every)
        kubelet = Kubelet(
            self.machine,
            self._shared,
            self.istiod.address,
            self.home / "pods",
            lambda name: self._servers.get(name, {}),
        )
        outside = self._outside(every)
        names = {name: [address] for name, address in outside.items()}
        self.controllers = Controllers(self.plane, self.machine, kubelet, dict(replicas), names)
        self._ends.append(self.controllers.stop)
        self.caller = Caller(self.machine, self.controllers, outside, hosts)
        self.controllers.start()

    def _served_by(self, workload: str) -> Mapping[int, str]:
        return self._servers.get(workload, {})

    def wait_for_push(self, seconds: float = 1.5) -> None:
        """Give istiod and the sidecars the time that a change takes to arrive."""
        time.sleep(seconds)

    def load(self, manifests: Path) -> None:
        """Load manifests; see `tests.cluster.loading`."""
        self.loaded = load(self.plane, manifests)

    def _share(self) -> None:
        """Put what sidecars run where their user may read it; a cache folder in somebody's home is not."""
        self._shared.mkdir()
        for name in SIDECAR:
            shutil.copy(self.parts / name, self._shared)

    def _begin(self, assets: Path) -> None:
        for path in sorted((assets / "crds").glob("*.yaml")):
            self.plane.kubectl("apply", "--server-side", "-f", path)
        self.plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
        self.plane.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
        api = self.plane.api()
        addresses = [{"type": "InternalIP", "address": NODE_IP}]
        status = {"nodeInfo": {"kubeletVersion": KUBELET}, "addresses": addresses}
        api.request("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": status}, MERGE)
        self.machine.do("listen", pod=NODE, ip=NODE_IP, port=6443, kind="https")
        self.plane.apply(_API_ENDPOINTS)
        api.close()
        (self.home / "istiod").mkdir()
        self.istiod = Istiod(self.machine, self.plane, self.parts, NODE_IP, self.home / "istiod")

    def _outside(self, flows: tuple[Flow, ...]) -> dict[str, str]:
        """Make a namespace for each host outside the mesh, and one for the clients there."""
        found = {}
        self.machine.do("pod", pod=CLIENT, ip=f"{_OUTSIDE}.250")
        for number, (name, ports) in enumerate(sorted(reading.hosts_outside(flows).items()), 1):
            found[name] = f"{_OUTSIDE}.{number}"
            self._host(name, found[name], ports)
        for address, ports in _by_hand(self.plane.api(), flows).items():
            self._host(address, address, ports)
        return found

    def _host(self, name: str, address: str, ports: Mapping[int, str]) -> None:
        self.machine.do("pod", pod=f"outside/{name}", ip=address)
        for port, kind in ports.items():
            self.machine.do("listen", pod=f"outside/{name}", ip="0.0.0.0", port=port, kind=kind)


_API_ENDPOINTS: Raw = {
    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
    "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
    "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    "endpoints": [{"addresses": [NODE_IP], "conditions": {"ready": True}}],
}  # fmt: skip


def _by_hand(api: Api, flows: Iterable[Flow]) -> dict[str, dict[int, str]]:
    """Find addresses outside the cluster that an EndpointSlice without a selector names."""
    called = {flow.target: flow for flow in flows}
    found: dict[str, dict[int, str]] = {}
    for raw in api.request("GET", "/apis/discovery.k8s.io/v1/endpointslices")["items"]:
        name = raw["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        flow = called.get(f"{raw['metadata']['namespace']}/{name}")
        if flow:
            for end in raw["endpoints"]:
                found.update({address: {p["port"]: flow.kind for p in raw["ports"]} for address in end["addresses"]})
    api.close()
    return found


def servers(api: Api, flows: Iterable[Flow]) -> dict[str, dict[int, str]]:
    """Say which servers the pods of each workload have: those that the flows call, or the kubelet probes."""
    workloads = _workloads(api)
    services = {_name(raw): raw for raw in api.request("GET", "/api/v1/services")["items"]}
    api.close()
    found: dict[str, dict[int, str]] = {}
    for flow in sorted(flows, key=lambda one: one.source.startswith("cluster:kubelet")):
        if flow.target_kind == "Service":
            for name, port in _ends(flow, services.get(flow.target), services, workloads):
                found.setdefault(name, {}).setdefault(port, flow.kind)
        elif "/" in flow.target:
            found.setdefault(flow.target, {}).setdefault(flow.port, flow.kind)
    return found


def _ends(
    flow: Flow, service: Raw | None, services: Mapping[str, Raw], workloads: Iterable[Workload]
) -> Iterable[tuple[str, int]]:
    if service is None:
        return
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        inside = spec["externalName"].removesuffix(".svc.cluster.local").split(".")
        if len(inside) == 2:
            yield from _ends(flow, services.get(f"{inside[1]}/{inside[0]}"), services, workloads)
        return
    for one in workloads:
        labels = one.template.get("metadata", {}).get("labels", {})
        same = one.name.partition("/")[0] == service["metadata"]["namespace"]
        if same and spec.get("selector") and spec["selector"].items() <= labels.items():
            yield one.name, _target(spec, flow.port, one.template)


def _target(spec: Raw, port: int, template: Raw) -> int:
    listed = next((one for one in spec["ports"] if one["port"] == port), {"port": port})
    target = listed.get("targetPort") or listed["port"]
    if isinstance(target, int):
        return target
    return next(
        int(one["containerPort"]) for container in template["spec"]["containers"]
        for one in container.get("ports", ()) if one.get("name") == target
    )  # fmt: skip


def _workloads(api: Api) -> list[Workload]:
    kinds = ("deployments", "statefulsets", "daemonsets")
    return [Workload(kind, raw) for kind in kinds for raw in api.request("GET", f"/apis/apps/v1/{kind}")["items"]]


def _name(raw: Raw) -> str:
    return f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"
