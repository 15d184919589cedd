"""Makes the Services and pods of a generated world: every kind of port, of Service and of backing."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.mesh.world import Raw, metadata, pod, slice_of

NAMESPACES = ("shop", "bank", "other")
ROOT = "istio-system"
DOMAIN = "svc.cluster.local"

NUMBERS = (80, 8080, 9000, 443, 3306, 27017, 6379)
"""Few numbers, so that Services of different protocols meet on one, where listeners are shared."""
PORTS: tuple[tuple[str, str | None], ...] = (
    ("http", None),
    ("http-web", None),
    ("http2", None),
    ("grpc-api", None),
    ("tcp-raw", None),
    ("tls-in", None),
    ("https", None),
    ("mongo", None),
    ("mysql", None),
    ("redis", None),
    ("web", None),
    ("", None),
    ("web", "http"),
    ("tcp", "https"),
    ("http", "example.com/own"),
    ("api", "kubernetes.io/h2c"),
    ("postgresql", None),
)
"""Name and appProtocol of a port."""


@dataclass(slots=True)
class Builder:
    """A world in the making."""

    random: Random
    objects: list[Raw] = field(default_factory=list)
    services: list[Raw] = field(default_factory=list)
    behind: dict[str, list[Raw]] = field(default_factory=dict)
    callers: list[Raw] = field(default_factory=list)
    entries: list[Raw] = field(default_factory=list)
    minute: int = 0
    hosts: int = 0

    def named(self, name: str, namespace: str, **more: Any) -> Raw:
        """Name an object that is younger than all before it."""
        self.minute += 1
        return metadata(name, namespace, self.minute, **more)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def address(self, prefix: str) -> str:
        """Give an address that nothing else in this world has."""
        self.hosts += 1
        return f"{prefix}.{self.hosts // 250}.{self.hosts % 250 + 1}"

    def add(self, raw: Raw) -> Raw:
        self.objects.append(raw)
        return raw


def is_injected(one: Raw) -> bool:
    """Whether a pod has a sidecar."""
    return "security.istio.io/tlsMode" in one["metadata"]["labels"]


def key_of(raw: Raw) -> str:
    """Name an object within its kind."""
    return f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"


def make_services(at: Builder, count: int) -> None:
    """Add namespaces, callers and Services with their pods."""
    for name in (*NAMESPACES, ROOT):
        at.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for namespace in (*NAMESPACES, *([ROOT] if at.chance(0.3) else [])):
        for name, sidecar in (("client", True), ("plain", False)):
            meta = at.named(name, namespace, labels={"app": name})
            at.callers.append(at.add(pod(meta, at.address("10.0"), {}, sidecar=sidecar)))
    for number in range(count):
        _service(at, f"s{number}", at.random.choice(NAMESPACES[:2]))
    for number in range(count // 4):
        _twin(at, f"twin{number}")
    if at.chance(0.4):
        _external_name(at, "alias", at.random.choice(NAMESPACES[:2]))


def _service(at: Builder, name: str, namespace: str) -> None:
    kind = at.random.choices(("cluster", "headless", "selectorless"), (60, 32, 8))[0]
    headless = kind == "headless"
    numbers = at.random.sample(NUMBERS, at.random.choice((1, 1, 2)))
    ports, named = [], {}
    for number in numbers:
        port = _port(at, number, single=len(numbers) == 1)
        if not headless and at.chance(0.4):
            port["targetPort"] = number + 10000
        elif not headless and at.chance(0.25):
            port["targetPort"], named[f"p{number}"] = f"p{number}", number + 20000
        ports.append(port)
    if len({port.get("name") for port in ports}) < len(ports):
        ports = ports[:1]
    meta = at.named(name, namespace)
    if at.chance(0.08):
        meta["annotations"] = {"networking.istio.io/exportTo": at.random.choice((".", "*", "bank", "other,shop"))}
    address = "None" if headless else at.address("10.96")
    spec: Raw = {"clusterIP": address, "selector": {"app": name}, "ports": ports}
    if kind == "selectorless":
        del spec["selector"]
    service = at.add({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    at.services.append(service)
    pods = [] if kind == "selectorless" else _pods(at, name, namespace, named)
    at.behind[key_of(service)] = pods
    outside = (at.address("192.0"),) if kind == "selectorless" else ()
    at.add(slice_of(service, pods, outside))


def _port(at: Builder, number: int, *, single: bool) -> Raw:
    name, app_protocol = at.random.choice([port for port in PORTS if single or port[0]])
    # An API server would fill the last two in.
    port: Raw = {"port": number, "name": name, "appProtocol": app_protocol, "targetPort": number, "protocol": "TCP"}
    return {key: value for key, value in port.items() if value}


def _pods(at: Builder, name: str, namespace: str, named: dict[str, int]) -> list[Raw]:
    backing = at.random.choices(("all", "none", "mixed"), (45, 20, 35))[0]
    sidecars = {"all": (True, True), "none": (False, False), "mixed": (True, False)}[backing]
    found = []
    for index, sidecar in enumerate(sidecars[: 1 if backing != "mixed" and at.chance(0.6) else 2]):
        meta = at.named(f"{name}-{index}", namespace, labels={"app": name, "version": f"v{index}"})
        found.append(at.add(pod(meta, at.address("10.1"), named, sidecar=sidecar)))
    return found


def _twin(at: Builder, name: str) -> None:
    """Put a second Service before the pods of another, sometimes with another protocol on the same target."""
    backed = [s for s in at.services if at.behind[key_of(s)]]
    if not backed:
        return
    other = at.random.choice(backed)
    pods, first = at.behind[key_of(other)], other["spec"]["ports"][0]
    target = first["targetPort"]
    headless = at.chance(0.3) and isinstance(target, int)
    port = _port(at, target if headless else at.random.choice(NUMBERS), single=True)
    if not headless:
        port["targetPort"] = target
    spec = {
        "clusterIP": "None" if headless else at.address("10.96"),
        "selector": {"app": other["spec"]["selector"]["app"]},
        "ports": [port],
    }
    meta = at.named(name, other["metadata"]["namespace"])
    service = at.add({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    at.services.append(service)
    at.behind[key_of(service)] = pods
    at.add(slice_of(service, pods))


def _external_name(at: Builder, name: str, namespace: str) -> None:
    """Add an alias, of a Service of the cluster or of a host outside."""
    real = [s for s in at.services if s["spec"]["clusterIP"] != "None"]
    inside = bool(real) and at.chance(0.6)
    target = at.random.choice(real) if inside else None
    meta = at.named(name, namespace)
    host = f"{target['metadata']['name']}.{target['metadata']['namespace']}.{DOMAIN}" if target else "www.example.com"
    spec = {"type": "ExternalName", "externalName": host}
    service = at.add({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    at.services.append(service)
    at.behind[key_of(service)] = at.behind[key_of(target)] if target else []
