"""Small clusters by the thousand, each out of its seed: what runs, who calls whom, and what of a mesh is there already.

Who calls whom is declared (`flows:`), so that nothing here depends on what discovery finds.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from planner.model.objects import KubeObject
from planner.model.plan import NamespaceClass
from planner.model.refs import Ref
from planner.model.snapshot import Snapshot
from planner.settings import DeclaredFlow, Settings

ROOT = "istio-system"
RAW = dict[str, Any]
Name = tuple[str, str]

_SPOKEN = (
    # protocol, port, names that a Service may give the port, who speaks first
    ("http", 8080, ("http", "http-web", "web", ""), False),
    ("http", 80, ("http", ""), False),
    ("grpc", 9090, ("grpc", "rpc"), False),
    ("postgres", 5432, ("tcp-db", "postgres", ""), False),
    ("redis", 6379, ("redis", "cache"), False),
    ("mysql", 3306, ("db", "mysql", "tcp"), True),
    ("mysql", 3307, ("db", "tcp-db"), True),
    ("smtp", 587, ("smtp", "tcp-smtp"), True),
    ("https", 8443, ("https", "secure"), False),
)
_OUTSIDE = (
    ("api.pay.example.com", 443, "https"),
    ("old.pay.example.com", 80, "http"),
    ("db.pay.example.com", 15432, "postgres"),
    ("203.0.113.9", 9000, "tcp"),
)


@dataclass(frozen=True)
class Call:
    """A call that is made all day long.

    Attributes:
        source: The calling workload; empty for somebody outside, who never has a proxy.
        target: Service, or workload where `direct`; a host has no namespace.
        port: Port that the caller uses.
        spoken: Protocol.
        server_first: The server sends the first bytes.
        direct: The pod's own address is called.
        early: An init container calls.
    """

    source: Name
    target: Name
    port: int
    spoken: str
    server_first: bool = False
    direct: bool = False
    early: bool = False
    outside: str = ""

    @property
    def id(self) -> str:
        source = self.outside or "/".join(self.source)
        target = "/".join(self.target) if self.target[0] else f"external:{self.target[1]}"
        return f"{source} -> {target}:{self.port}"


@dataclass
class Cluster:
    """Everything about one cluster."""

    objects: list[RAW] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)

    def snapshot(self) -> Snapshot:
        return Snapshot(tuple(sorted((_object(raw) for raw in self.objects), key=lambda obj: obj.ref)))


def _object(raw: RAW) -> KubeObject:
    meta = raw["metadata"]
    return KubeObject(Ref(meta.get("namespace", ""), meta["name"], raw["kind"]), raw["apiVersion"], raw, "x.yaml", 1)


def cluster(seed: int) -> Cluster:
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._made = Cluster()
        self._servers: list[tuple[Name, Name, str, int, int, bool]] = []
        self._callers: list[Name] = []
        self._names = ["ada", "bob", "cleo", "dan"][: dice.randint(2, 4)]

    def _chance(self, share: float) -> bool:
        return self._dice.random() < share

    def make(self) -> Cluster:
        for name in self._names:
            self._namespace(name)
        self._namespace_object("ops", {})
        self._workload(("ops", "prom"), "Deployment", {}, {})
        self._calls()
        self._mesh_objects()
        self._made.settings = self._settings()
        return self._made

    def _add(self, api: str, kind: str, name: Name, spec: RAW | None = None, **meta: Any) -> RAW:
        metadata = {"name": name[1], **({"namespace": name[0]} if name[0] else {}), **meta}
        raw = {"apiVersion": api, "kind": kind, "metadata": metadata, **({"spec": spec} if spec is not None else {})}
        self._made.objects.append(raw)
        return raw

    def _namespace_object(self, name: str, labels: dict[str, str]) -> None:
        self._add("v1", "Namespace", ("", name), labels=labels)

    def _namespace(self, name: str) -> None:
        labels: dict[str, str] = {}
        if self._chance(0.15):
            labels = {"istio-injection": "enabled"}
        elif self._chance(0.05):
            labels = {"istio-injection": "disabled"}
        self._namespace_object(name, labels)
        for number in range(self._dice.randint(1, 3)):
            self._server((name, f"{name}-{number}"))
        if self._chance(0.4):
            kind = self._dice.choice(("CronJob", "CronJob", "Job"))
            self._workload((name, f"{name}-run"), kind, {}, {})
            self._callers.append((name, f"{name}-run"))

    def _server(self, name: Name) -> None:
        spoken, port, port_names, first = self._dice.choice(_SPOKEN)
        inner = port if self._chance(0.6) else port + 1
        pod: RAW = {}
        labels: dict[str, str] = {}
        notes: dict[str, str] = {}
        if self._chance(0.08):
            pod["hostNetwork"] = True
        elif self._chance(0.05):
            labels["sidecar.istio.io/inject"] = "false"
        elif self._chance(0.04):
            notes["sidecar.istio.io/inject"] = "false"
        elif self._chance(0.04):
            pod["securityContext"] = {"runAsUser": 1337}
        kind = self._dice.choice(("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet"))
        self._workload(name, kind, labels, pod, inner, notes)
        twin = self._chance(0.1)
        if twin:  # a second workload behind the same Service
            bare = {"hostNetwork": True} if self._chance(0.4) else {}
            self._workload((name[0], f"{name[1]}-twin"), "Deployment", {}, bare, inner, app=name[1])
            self._callers.append((name[0], f"{name[1]}-twin"))
        item: RAW = {"port": port, "protocol": "TCP", "targetPort": inner}
        port_name = self._dice.choice(port_names)
        if port_name:
            item["name"] = port_name
        if self._chance(0.2) and inner != port:
            item["targetPort"] = "main"
        spec: RAW = {"selector": {"app": name[1]}, "ports": [item]}
        if kind == "StatefulSet" or self._chance(0.1):
            spec["clusterIP"] = "None"
        if self._chance(0.08):
            spec["type"] = "NodePort"
            spec.pop("clusterIP", None)
        service = (name[0], f"svc-{name[1]}")
        self._add("v1", "Service", service, spec)
        self._callers.append(name)
        self._servers.append((name, service, spoken, port, inner, first))
        if spec.get("type") == "NodePort":
            self._made.calls.append(Call(("", ""), service, port, spoken, first, outside="external:client"))

    def _workload(
        self,
        name: Name,
        kind: str,
        labels: dict[str, str],
        pod: RAW,
        port: int = 0,
        notes: dict[str, str] | None = None,
        app: str = "",
    ) -> None:
        container: RAW = {"name": "main", "image": "registry.example.com/thing:1.0.0"}
        if port:
            container["ports"] = [{"containerPort": port, "name": "main"}]
        marks = {"app": app or name[1], "version": "v1", **labels}
        if app:
            marks["twin"] = "yes"
        meta: RAW = {"labels": marks, **({"annotations": notes} if notes else {})}
        template: RAW = {"metadata": meta, "spec": {"containers": [container], **pod}}
        selector = {"matchLabels": {key: value for key, value in marks.items() if key in ("app", "twin")}}
        if kind == "CronJob":
            template["spec"]["restartPolicy"] = "Never"
            spec: RAW = {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": template}}}
        elif kind == "Job":
            template["spec"]["restartPolicy"] = "Never"
            spec = {"template": template}
        else:
            spec = {"selector": selector, "template": template}
            if kind != "DaemonSet":
                spec["replicas"] = self._dice.randint(1, 3)
        self._add("batch/v1" if kind in ("Job", "CronJob") else "apps/v1", kind, name, spec)

    def _calls(self) -> None:
        made = self._made.calls
        for source in self._callers:
            for _ in range(self._dice.randint(0, 3)):
                workload, service, spoken, port, inner, first = self._dice.choice(self._servers)
                if workload == source:
                    continue
                if self._chance(0.1):
                    made.append(Call(source, workload, inner, spoken, first, direct=True))
                else:
                    made.append(Call(source, service, port, spoken, first))
            if self._chance(0.3):
                host, number, said = self._dice.choice(_OUTSIDE)
                made.append(Call(source, ("", host), number, said))
        for _workload, service, spoken, port, _inner, first in self._servers:
            if self._chance(0.15):
                made.append(Call(("ops", "prom"), service, port, spoken, first))
            if spoken == "https" and self._chance(0.3):
                made.append(Call(("", ""), service, port, spoken, outside="cluster:kube-apiserver"))
        self._made.calls = list({call.id: call for call in made}.values())
        self._early_calls()

    def _early_calls(self) -> None:
        """Let an init container call, which its environment shows."""
        plain = [raw for raw in self._made.objects if raw["kind"] in ("Deployment", "StatefulSet")]
        for raw in plain:
            name = (raw["metadata"]["namespace"], raw["metadata"]["name"])
            http = [item for item in self._servers if item[2] == "http" and item[0] != name]
            if not http or name[0] == "ops" or not self._chance(0.15):
                continue
            _workload, service, spoken, port, _inner, _first = self._dice.choice(http)
            call = Call(name, service, port, spoken, early=True)
            if any(known.id == call.id for known in self._made.calls):
                continue
            value = f"http://{service[1]}.{service[0]}.svc.cluster.local:{port}/ready"
            init = {
                "name": "wait",
                "image": "registry.example.com/wait:1.0.0",
                "env": [{"name": "URL", "value": value}],
            }
            raw["spec"]["template"]["spec"]["initContainers"] = [init]
            self._made.calls.append(call)

    def _mesh_objects(self) -> None:
        for number in range(self._dice.choice((0, 0, 0, 1, 1, 2))):
            stamp = f"2026-01-0{number + 1}T00:00:00Z"
            maker = self._dice.choice((self._peer_authentication, self._rule, self._sidecar, self._entry))
            maker(f"old-{number}", stamp)

    def _peer_authentication(self, name: str, stamp: str) -> None:
        mode = self._dice.choice(("STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET"))
        where = self._dice.choice(("mesh", "namespace", "workload", "port"))
        workload, _service, _spoken, _port, inner, _first = self._dice.choice(self._servers)
        spec: RAW = {"mtls": {"mode": mode}}
        if where in ("workload", "port"):
            spec["selector"] = {"matchLabels": {"app": workload[1]}}
        if where == "port":
            spec = {"selector": spec["selector"], "portLevelMtls": {str(inner): {"mode": mode}}}
        namespace = ROOT if where == "mesh" else workload[0]
        self._add("security.istio.io/v1", "PeerAuthentication", (namespace, name), spec, creationTimestamp=stamp)

    def _rule(self, name: str, stamp: str) -> None:
        _workload, service, _spoken, port, _inner, _first = self._dice.choice(self._servers)
        host = self._dice.choice((f"{service[1]}.{service[0]}.svc.cluster.local", f"*.{service[0]}.svc.cluster.local"))
        tls = {"tls": {"mode": self._dice.choice(("DISABLE", "ISTIO_MUTUAL"))}}
        policy: RAW = self._dice.choice((tls, {"portLevelSettings": [{"port": {"number": port}, **tls}]}, {}))
        where = self._dice.choice((service[0], self._dice.choice(self._names), ROOT))
        spec = {"host": host, "trafficPolicy": policy or {"connectionPool": {"tcp": {"maxConnections": 100}}}}
        self._add("networking.istio.io/v1", "DestinationRule", (where, name), spec, creationTimestamp=stamp)

    def _sidecar(self, name: str, stamp: str) -> None:
        hosts = self._dice.choice((["./*"], ["*/*"], ["./*", f"{self._names[0]}/*"]))
        spec: RAW = {"egress": [{"hosts": hosts}]}
        if self._chance(0.2):
            spec["outboundTrafficPolicy"] = {"mode": self._dice.choice(("ALLOW_ANY", "REGISTRY_ONLY"))}
        where = self._dice.choice((*self._names, ROOT))
        self._add("networking.istio.io/v1", "Sidecar", (where, name), spec, creationTimestamp=stamp)

    def _entry(self, name: str, stamp: str) -> None:
        spec: RAW = {
            "hosts": ["api.pay.example.com"],
            "location": "MESH_EXTERNAL",
            "resolution": "DNS",
            "ports": [{"number": self._dice.choice((443, 8443)), "name": "tls", "protocol": "TLS"}],
        }
        if self._chance(0.5):
            spec["exportTo"] = ["."]
        where = (self._dice.choice(self._names), name)
        self._add("networking.istio.io/v1", "ServiceEntry", where, spec, creationTimestamp=stamp)

    def _settings(self) -> Settings:
        known = tuple(
            DeclaredFlow(
                call.outside or "/".join(call.source),
                "/".join(call.target) if call.target[0] else f"external:{call.target[1]}",
                call.port,
                call.spoken if self._chance(0.8) or call.server_first else "",
            )
            for call in self._made.calls
            if not call.early
        )
        return Settings(
            istio_version="1.31",
            kubernetes_version=self._dice.choice(("1.30", "1.33")),
            revision=self._dice.choice((None, None, None, "stable")),
            outbound_policy=self._dice.choice(("ALLOW_ANY", "ALLOW_ANY", "REGISTRY_ONLY")),
            cni=False,
            cluster_domain="cluster.local",
            classes={"ops": NamespaceClass.PLATFORM, **dict.fromkeys(self._names, NamespaceClass.APPLICATION)},
            max_workloads=self._dice.choice((0, 0, 0, 1, 2)),
            flows=known,
        )
