"""A real istiod on the node of the machine room, with its injection webhook, beside a real API server.

Source of what it needs: Istio's own charts (`tests/mesh/tools/istio/charts` renders them); the environment variables
switch off what a stock Envoy has not got.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.api import ApiError
from tests.cluster.control_plane import ControlPlane
from tests.mesh.live.machine import HOST, NODE, Machine

SYSTEM = "istio-system"
PATIENCE = 60
_CHARTS = ("profile=minimal", "components.cni.enabled=true")
_ENVIRONMENT = {
    "POD_NAME": "istiod-0", "POD_NAMESPACE": SYSTEM, "SERVICE_ACCOUNT": "istiod", "CLUSTER_ID": "Kubernetes",
    "REVISION": "default", "PILOT_CERT_PROVIDER": "istiod", "JWT_POLICY": "third-party-jwt",
    "PILOT_ENABLE_METADATA_EXCHANGE": "false", "PILOT_ENABLE_ALPN_FILTER": "false",
    "PILOT_DEBOUNCE_AFTER": "50ms",
}  # fmt: skip
_WEBHOOK = "istio-sidecar-injector"


class IstiodError(Exception):
    """Istiod did not start."""


class Istiod:
    """A running istiod.

    Attributes:
        address: Where sidecars find it, `IP:PORT`.
    """

    def __init__(self, machine: Machine, plane: ControlPlane, parts: Path, node: str, home: Path) -> None:
        """Start it and wait until it injects.

        Raises:
            IstiodError: It did not become ready.
        """
        self._machine, self._plane, self._parts, self._home = machine, plane, parts, home
        self._mesh, self.address = home / "mesh.yaml", f"{node}:15012"
        self.log = home / "istiod.log"
        objects = charts(parts)
        self._write(objects)
        machine.do("forward", pod=NODE, ip="127.0.0.1", port=plane.port, to=HOST, target=f"127.0.0.1:{plane.port}")
        hook = machine.do("forward", pod=HOST, ip="127.0.0.1", port=0, to=NODE, target="127.0.0.1:15017")
        plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM}})
        plane.apply(*(hooked(raw, hook) for raw in objects if raw["kind"] == "MutatingWebhookConfiguration"))
        plane.apply(*(raw for raw in objects if (raw["kind"], raw["metadata"]["name"]) in _SHOWN))
        self._start()
        self._wait()

    def outbound(self, policy: str) -> None:
        """Set the outbound policy of the mesh, `ALLOW_ANY` or `REGISTRY_ONLY`; istiod watches the file."""
        mesh = yaml.safe_load(self._mesh.read_text(encoding="utf-8"))
        mesh["outboundTrafficPolicy"] = {"mode": policy}
        self._replace(mesh)

    def _write(self, objects: list[dict[str, Any]]) -> None:
        maps = {raw["metadata"]["name"]: raw["data"] for raw in objects if raw["kind"] == "ConfigMap"}
        folder = self._home / "var/lib/istio/inject"
        folder.mkdir(parents=True)
        for name in ("config", "values"):
            (folder / name).write_text(maps[_WEBHOOK][name], encoding="utf-8")
        mesh = yaml.safe_load(maps["istio"]["mesh"])
        del mesh["defaultProviders"]  # their filter is none of a stock Envoy's
        # What was replaced is gone soon, not after a minute, so that a check need not wait.
        mesh["defaultConfig"] |= {"drainDuration": "1s", "concurrency": 1}
        # By these the tests see what a proxy let through to an address without knowing a Service there.
        mesh["defaultConfig"]["proxyStatsMatcher"] = {"inclusionPrefixes": ["cluster.PassthroughCluster"]}
        self._replace(mesh)

    def _replace(self, mesh: dict[str, Any]) -> None:
        new = self._mesh.with_suffix(".new")
        new.write_text(yaml.safe_dump(mesh), encoding="utf-8")
        new.replace(self._mesh)

    def _start(self) -> None:
        command: list[str | Path] = [
            self._parts / "pilot-discovery", "discovery", "--kubeconfig", self._plane.kubeconfig,
            "--meshConfig", self._mesh, "--clusterID", "Kubernetes", "--httpAddr", "127.0.0.1:8080",
            "--grpcAddr", ":15010", "--secureGRPCAddr", ":15012", "--httpsAddr", ":15017",
            "--monitoringAddr", "127.0.0.1:15014", "--ctrlz_port", "0", "--shutdownDuration", "1s",
        ]  # fmt: skip
        hosts = f"localhost,{self.address.partition(':')[0]}"  # as the webhook and the sidecars call it
        own = {"ISTIOD_CUSTOM_HOST": hosts, "PATH": os.environ["PATH"], "HOME": str(self._home)}
        self._machine.spawn(NODE, "istiod", command, folder=self._home, log=self.log, environment=_ENVIRONMENT | own)

    def _wait(self) -> None:
        """Wait until istiod signs certificates and has told the API server who signed its own."""
        api, end = self._plane.api(), time.monotonic() + PATIENCE
        path = f"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{_WEBHOOK}"
        try:
            while time.monotonic() < end:
                if not self._machine.do("alive", name="istiod"):
                    break
                try:
                    api.request("GET", f"/api/v1/namespaces/{SYSTEM}/configmaps/istio-ca-root-cert")
                    if all(hook["clientConfig"].get("caBundle") for hook in api.request("GET", path)["webhooks"]):
                        return
                except ApiError:
                    pass
                time.sleep(0.1)
        finally:
            api.close()
        said = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
        raise IstiodError(f"istiod is not ready: {said}")


_SHOWN = {("Deployment", "istiod"), ("Service", "istiod"), ("ConfigMap", "istio"), ("ServiceAccount", "istiod")}
"""What an installation shows to those who look for one; nothing here runs by it."""


def charts(parts: Path) -> list[dict[str, Any]]:
    """Render Istio's charts with the tests' settings."""
    ran = subprocess.run([parts / "charts", *_CHARTS], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def hooked(raw: dict[str, Any], port: int) -> dict[str, Any]:
    """Let the API server call a webhook by URL; there are no Services on loopback."""
    for hook in raw["webhooks"]:
        hook["clientConfig"] = {"url": f"https://localhost:{port}/inject"}
    return raw
