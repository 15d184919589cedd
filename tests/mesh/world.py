"""A small cluster and the calls made in it, in the words of both judges: raw objects, and who calls what and how."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import yaml

Raw = dict[str, Any]

SIDECAR_LABELS = {"security.istio.io/tlsMode": "istio", "service.istio.io/canonical-name": "app"}
"""What injection writes on a pod; Istio tells by the first that an endpoint can take mTLS."""


@dataclass(frozen=True, slots=True)
class WorldCall:
    """One call.

    Attributes:
        id: Unique in its world.
        namespace: Of the caller.
        pod: The calling pod.
        proxied: It has a sidecar.
        addresses: What the name stands for in DNS, or the address that is called.
        port: Number that is called.
        protocol: `http`, `http2`, `tcp` or `tls` (the application's own).
        host: Host header or server name.
        service: `namespace/name` of the Service by whose name or address it is called, else empty.
        external: Host outside the cluster, else empty.
        direct: A pod's own address is called without a name.
    """

    id: str
    namespace: str
    pod: str
    proxied: bool
    addresses: tuple[str, ...]
    port: int
    protocol: str
    host: str
    service: str = ""
    external: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """A cluster, its mesh settings, and calls."""

    id: str
    registry_only: bool
    auto_mtls: bool
    objects: tuple[Raw, ...]
    calls: tuple[WorldCall, ...] = field(default=())

    def of_kind(self, kind: str) -> Iterator[Raw]:
        """Yield the objects of a kind."""
        return (raw for raw in self.objects if raw["kind"] == kind)

    def yaml(self) -> str:
        """Give the objects as a person would apply them."""
        return yaml.dump_all(self.objects, Dumper=yaml.CSafeDumper, sort_keys=False)

    def request(self) -> str:
        """Give the line that the simulator reads."""
        calls = [
            {
                "id": call.id,
                "from": {"namespace": call.namespace, "pod": call.pod},
                "proxied": call.proxied,
                "addresses": list(call.addresses),
                "port": call.port,
                "protocol": call.protocol,
                "host": call.host,
            }
            for call in self.calls
        ]
        policy = "REGISTRY_ONLY" if self.registry_only else "ALLOW_ANY"
        mesh = {"outboundTrafficPolicy": policy, "enableAutoMtls": self.auto_mtls}
        return json.dumps({"id": self.id, "mesh": mesh, "objects": self.yaml(), "calls": calls})

    def only(self, call: WorldCall) -> str:
        """Give one call with its world, to be read by a person."""
        mesh = f"registry_only={self.registry_only} auto_mtls={self.auto_mtls}"
        return f"# world {self.id} {mesh}\n# {json.dumps(asdict(call))}\n{self.yaml()}"


def metadata(name: str, namespace: str, minute: int, **more: Any) -> Raw:
    """Name an object; the minute is its age, which decides where two objects collide."""
    created = f"2026-01-01T{minute // 60:02d}:{minute % 60:02d}:00Z"
    known = {"name": name, "namespace": namespace, "creationTimestamp": created}
    return {key: value for key, value in {**known, **more}.items() if value}


def istio(kind: str, meta: Raw, spec: Raw) -> Raw:
    """Make an object of Istio."""
    group = "security" if kind == "PeerAuthentication" else "networking"
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": meta, "spec": spec}


def pod(meta: Raw, address: str, ports: Mapping[str, int], *, sidecar: bool) -> Raw:
    """Make a running pod."""
    labels = {**meta.get("labels", {}), **(SIDECAR_LABELS if sidecar else {})}
    named = [{"name": name, "containerPort": number, "protocol": "TCP"} for name, number in ports.items()]
    ready = {"type": "Ready", "status": "True"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**meta, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": "app:1", "ports": named}], "serviceAccountName": "default"},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [ready],
        },
    }


def slice_of(service: Raw, pods: list[Raw], outside: tuple[str, ...] = ()) -> Raw:
    """Make the EndpointSlice that Kubernetes would write for a Service, or its owner where it has no selector."""
    meta = service["metadata"]
    addresses = [(one["status"]["podIP"], one["metadata"]["name"]) for one in pods] + [(ip, "") for ip in outside]
    endpoints = []
    for address, name in addresses:
        endpoint: Raw = {"addresses": [address], "conditions": {"ready": True}}
        if name:
            endpoint["targetRef"] = {"kind": "Pod", "name": name, "namespace": meta["namespace"]}
        endpoints.append(endpoint)
    ports = [
        {"name": port.get("name", ""), "port": target_number(port, pods), "protocol": "TCP"}
        for port in service["spec"]["ports"]
    ]
    labels = {"kubernetes.io/service-name": meta["name"]}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**meta, "name": f"{meta['name']}-1", "labels": labels},
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": ports,
    }


def target_number(port: Raw, pods: list[Raw]) -> int:
    """Give the container port that a Service port leads to."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    named = [item for one in pods for item in one["spec"]["containers"][0]["ports"] if item["name"] == target]
    return int(named[0]["containerPort"]) if named else int(port["port"])
