"""A stand-in for the kubelet: it looks at a Pod as the API server stored it, and makes it run.

A pod is a network namespace with servers in it. One that the webhook gave an `istio-proxy` also gets Istio's agent
with a real Envoy, and a redirect of its traffic as the CNI plug-in would set it up, from the same annotations.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.api import MERGE, Api
from tests.mesh.live.machine import NODE, Machine

NODE_IP = "10.244.0.1"
PROXY, PROXY_UID = "istio-proxy", 1337
APPLICATION_UID = 1000
PATIENCE = 60
_NOT_INBOUND = (15090, 15021, 15020)
AGENT_PORTS = (15000, 15001, 15006, 15020, 15021, 15090)
_PREFIX = "traffic.sidecar.istio.io/"
Raw = dict[str, Any]


class PodError(Exception):
    """A pod did not become ready."""


@dataclass
class Running:
    """A running pod.

    Attributes:
        name: `namespace/name`, also its name in the machine room.
        workload: `namespace/name` of its workload.
        ip: Its address.
        stored: The Pod as the API server stored it.
        home: Folder of its files and logs.
    """

    name: str
    workload: str
    ip: str
    stored: Raw
    home: Path

    @property
    def injected(self) -> bool:
        """Whether it has a sidecar."""
        return proxy_of(self.stored) is not None

    @property
    def uid(self) -> int:
        """User of its first container."""
        spec = self.stored["spec"]
        own = spec["containers"][0].get("securityContext", {}).get("runAsUser")
        return int(own or spec.get("securityContext", {}).get("runAsUser") or APPLICATION_UID)


def proxy_of(stored: Raw) -> Raw | None:
    """Find the container of the sidecar, native or not."""
    spec = stored["spec"]
    every = (*spec.get("initContainers", ()), *spec["containers"])
    return next((one for one in every if one["name"] == PROXY), None)


@dataclass
class Kubelet:
    """Runs pods.

    Attributes:
        servers: For a workload the ports on which its pods serve, and what: `http`, `https`, `grpc`, `tcp`, `banner`.
    """

    machine: Machine
    parts: Path
    istiod: str
    home: Path
    servers: Callable[[str], Mapping[int, str]]
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(2))
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def address(self) -> str:
        """Give an address that nothing ever had."""
        number = next(self._numbers)
        return f"10.244.{number // 250}.{number % 250 + 1}"

    def run(self, api: Api, workload: str, stored: Raw) -> Running:
        """Make a Pod run and wait until it is ready.

        Raises:
            PodError: Its sidecar did not become ready.
        """
        name = f"{stored['metadata']['namespace']}/{stored['metadata']['name']}"
        on_node = bool(stored["spec"].get("hostNetwork"))
        pod = Running(name, workload, NODE_IP if on_node else self.address(), stored, self.home / name)
        pod.home.mkdir(parents=True)
        if not on_node:
            self.machine.do("pod", pod=name, ip=pod.ip)
        try:
            self._serve(pod)
            if pod.injected:
                self._sidecar(api, pod)
            api.request("PATCH", f"{_path(pod)}/status", {"status": _status(pod)}, MERGE)
        except BaseException:
            self.end(pod)
            raise
        return pod

    def _serve(self, pod: Running) -> None:
        where, ip = (NODE, NODE_IP) if pod.ip == NODE_IP else (pod.name, "0.0.0.0")
        for port, kind in sorted(self.servers(pod.workload).items()):
            # A port that the agent takes first is one that the application cannot have.
            if not (pod.injected and port in AGENT_PORTS):
                self.machine.do("listen", pod=where, ip=ip, port=port, kind=kind)

    def end(self, pod: Running) -> None:
        """Take a pod down."""
        if pod.ip != NODE_IP:
            self.machine.do("remove", pod=pod.name)

    def _sidecar(self, api: Api, pod: Running) -> None:
        self.machine.do("redirect", pod=pod.name, redirect=redirect(pod.stored["metadata"].get("annotations", {})))
        # Istiod knows a pod by its address, and what it may be told depends on that.
        api.request("PATCH", f"{_path(pod)}/status", {"status": {"podIP": pod.ip, "podIPs": [{"ip": pod.ip}]}}, MERGE)
        self._files(api, pod)
        proxy = proxy_of(pod.stored)
        assert proxy is not None
        environment = self._environment(pod, proxy)
        words = [word.replace("$(POD_NAMESPACE)", environment["POD_NAMESPACE"]) for word in proxy["args"]]
        command = [self.parts / "pilot-agent", *words]
        log = pod.home / "istio-proxy.log"
        self.machine.spawn(
            pod.name, pod.name, command, folder=pod.home, log=log, environment=environment, uid=PROXY_UID,
            resolver=pod.home / "etc/resolv.conf",
        )  # fmt: skip
        self._wait(pod, log)

    def _wait(self, pod: Running, log: Path) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.machine.do("alive", name=pod.name):
            asked = {"kind": "http", "target": f"{pod.ip}:15021", "host": "x", "path": "/healthz/ready", "ends": []}
            if self.machine.do("call", pod=NODE, millis=1000, **asked)["answered"]:
                return
            time.sleep(0.1)
        said = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
        raise PodError(f"{pod.name} is not ready: {said}")

    def _files(self, api: Api, pod: Running) -> None:
        """Put the volumes of the sidecar below its working folder, where the agent looks for them."""
        secrets = pod.home / "var/run/secrets"
        meta, account = pod.stored["metadata"], pod.stored["spec"].get("serviceAccountName", "default")
        root = api.request("GET", f"/api/v1/namespaces/{meta['namespace']}/configmaps/istio-ca-root-cert")
        _put(secrets / "istio/root-cert.pem", root["data"]["root-cert.pem"])
        _put(secrets / "tokens/istio-token", self._token(api, meta["namespace"], account))
        _put(pod.home / "etc/resolv.conf", f"nameserver {NODE_IP}\n")
        for name in ("labels", "annotations"):
            lines = (f"{key}={json.dumps(value)}" for key, value in meta.get(name, {}).items())
            _put(pod.home / "etc/istio/pod" / name, "\n".join(lines))
        for path in (pod.home, *pod.home.rglob("*")):
            shutil.chown(path, PROXY_UID, PROXY_UID)

    def _token(self, api: Api, namespace: str, account: str) -> str:
        if (namespace, account) not in self._tokens:
            body = {"spec": {"audiences": ["istio-ca"], "expirationSeconds": 7200}}
            path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
            self._tokens[namespace, account] = api.request("POST", path, body)["status"]["token"]
        return self._tokens[namespace, account]

    def _environment(self, pod: Running, proxy: Raw) -> dict[str, str]:
        spec, meta = pod.stored["spec"], pod.stored["metadata"]
        fields = {
            "metadata.name": meta["name"], "metadata.namespace": meta["namespace"], "status.podIP": pod.ip,
            "spec.serviceAccountName": spec.get("serviceAccountName", "default"), "status.hostIP": NODE_IP,
            "spec.nodeName": spec.get("nodeName", NODE),
        }  # fmt: skip
        given = {one["name"]: one["value"] for one in proxy["env"] if "value" in one}
        for one in proxy["env"]:
            path = one.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
            if path:
                given[one["name"]] = fields[path]
        config = json.loads(given["PROXY_CONFIG"]) | {
            "discoveryAddress": self.istiod, "binaryPath": str(self.parts / "envoy"),
        }  # fmt: skip
        own = {
            "PROXY_CONFIG": json.dumps(config), "CA_ADDR": self.istiod,
            "ISTIO_BOOTSTRAP": str(self.parts / "envoy_bootstrap.json"), "GOMAXPROCS": "1",
            "PATH": os.environ["PATH"], "HOME": str(pod.home),
        }  # fmt: skip
        return given | own


def redirect(annotations: Mapping[str, str]) -> dict[str, Any]:
    """Read what the CNI plug-in would redirect from the annotations that the webhook wrote."""
    inbound = (*_NOT_INBOUND, *_ports(annotations.get(f"{_PREFIX}excludeInboundPorts", "")))
    ranges = annotations.get(f"{_PREFIX}excludeOutboundIPRanges", "")
    return {
        "uid": PROXY_UID, "inboundPort": 15006, "outboundPort": 15001, "notInbound": sorted(set(inbound)),
        "notOutbound": list(_ports(annotations.get(f"{_PREFIX}excludeOutboundPorts", ""))),
        "notTo": [one for one in ranges.split(",") if one],
    }  # fmt: skip


def _ports(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(",") if one.strip())


def _path(pod: Running) -> str:
    namespace, _, name = pod.name.partition("/")
    return f"/api/v1/namespaces/{namespace}/pods/{name}"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _status(pod: Running) -> Raw:
    spec = pod.stored["spec"]
    running: Raw = {"running": {}}
    return {
        "phase": "Running", "podIP": pod.ip, "podIPs": [{"ip": pod.ip}], "hostIP": NODE_IP,
        "conditions": [{"type": kind, "status": "True"} for kind in ("Initialized", "ContainersReady", "Ready")],
        "containerStatuses": [_container(one, running) for one in spec["containers"]],
        "initContainerStatuses": [_container(one, running) for one in spec.get("initContainers", ())],
    }  # fmt: skip


def _container(one: Raw, state: Raw) -> Raw:
    seen = {"name": one["name"], "image": one["image"], "imageID": "", "restartCount": 0}
    return seen | {"ready": True, "started": True, "state": state}
