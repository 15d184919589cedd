"""Meshplan's side of the comparison: the same world and call in the terms of `planner.mesh.call`."""

from __future__ import annotations

from collections import defaultdict

from planner.mesh.call import Call, CallOutcome, judge
from planner.mesh.peers import MeshSettings, Peer, Proxy, container_ports
from planner.mesh.spoken import Carrier
from planner.mesh.versions import Version
from planner.mesh.view import KINDS, MeshView
from planner.model.objects import KubeObject
from planner.model.refs import Ref
from planner.model.services import Service
from tests.mesh.gen_services import is_injected
from tests.mesh.world import Raw, World, WorldCall

ISTIO = Version.parse("1.30.4")
"""Version of the simulator's sources."""


class Side:
    """One world as meshplan sees it."""

    def __init__(self, world: World) -> None:
        self.peers = {_key(raw): _peer(raw) for raw in world.of_kind("Pod")}
        self.by_address = {raw["status"]["podIP"]: self.peers[_key(raw)] for raw in world.of_kind("Pod")}
        self.services = {_key(raw): _service(raw) for raw in world.of_kind("Service")}
        objects: dict[str, list[Raw]] = defaultdict(list)
        for raw in world.objects:
            if raw["kind"] in KINDS:
                objects[raw["kind"]].append(raw)
        settings = MeshSettings(ISTIO, registry_only=world.registry_only, auto_mtls=world.auto_mtls)
        self.view = MeshView(settings, self.services.values(), self.behind, objects)

    def behind(self, service: Service) -> tuple[Peer, ...]:
        """Give the pods that a Service sends to."""
        own = (peer for peer in self.peers.values() if peer.ref.namespace == service.ref.namespace)
        return tuple(peer for peer in own if service.selects(peer.labels))

    def call(self, call: WorldCall) -> Call:
        """Say a call in meshplan's words."""
        service = self.services.get(call.service)
        external, host = call.external, call.host
        if service is not None and service.external_name:
            # A graph leads an alias to what it stands for; what is sent as Host stays the alias.
            target = service.external_name.split(".")
            service = self.services.get(f"{target[1]}/{target[0]}")
            external = "" if service else ".".join(target)
        pods = self.behind(service) if service else tuple(self.by_address[a] for a in call.addresses if call.direct)
        return Call(
            caller=self.peers[f"{call.namespace}/{call.pod}"],
            port=call.port,
            service=service,
            pods=pods,
            external=external,
            direct=call.direct,
            host=host,
            speaks=Carrier(call.protocol),
            address=call.addresses[0] if external else "",
        )

    def judge(self, call: WorldCall) -> CallOutcome:
        """Judge a call."""
        return judge(self.call(call), self.view)


def _key(raw: Raw) -> str:
    return f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"


def _peer(raw: Raw) -> Peer:
    meta = raw["metadata"]
    return Peer(
        Ref(meta["namespace"], meta["name"], "Pod"),
        meta["labels"],
        Proxy.SIDECAR if is_injected(raw) else Proxy.NONE,
        ports=container_ports(raw["spec"]["containers"]),
    )


def _service(raw: Raw) -> Service:
    meta = raw["metadata"]
    return Service(KubeObject(Ref(meta["namespace"], meta["name"], "Service"), "v1", raw))
