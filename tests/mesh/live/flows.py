"""The flows of a plan as calls that can be made: who serves what, and what a client connects to and sends.

Source of the flows: `flows.json` of the plan, what `meshplan graph` shows. Who answers an address is asked of the API
server, as kube-proxy and the DNS of a cluster would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Raw = dict[str, Any]

SPEAKING_FIRST = frozenset({"mysql", "smtp", "ssh"})
HELLOS = {
    "redis": b"*1\r\n$4\r\nPING\r\n",
    "amqp": b"AMQP\x00\x00\x09\x01",
    "postgres": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
}
"""First bytes of a client; a proxy that guesses looks at them."""
_OTHER_HELLO = b"\x01hello\n"
_WEB = {"http": "http", "https": "https", "grpc": "grpc", "tls": "https"}


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of the plan.

    Attributes:
        id: As in every document of meshplan.
        source: `namespace/workload`, `cluster:…` or `external:…`.
        target: `namespace/name`, `cluster:…` or `external:…`.
        target_kind: `Service`, the kind of a workload, `External` or `Cluster`.
        port: Port that the caller uses.
        protocol: What is spoken.
        host: The host outside that an ExternalName stands for, or an empty string.
    """

    id: str
    source: str
    target: str
    target_kind: str
    port: int
    protocol: str
    host: str = ""

    @property
    def kind(self) -> str:
        """Which of the small clients and servers speaks it: HTTP/2 in the clear stands for gRPC, bytes for the rest."""
        return _WEB.get(self.protocol) or ("banner" if self.protocol in SPEAKING_FIRST else "tcp")

    @property
    def hello(self) -> str:
        """First bytes of a client that is no web client, in hexadecimal."""
        return HELLOS.get(self.protocol, _OTHER_HELLO).hex()


def read(out: Path) -> tuple[Flow, ...]:
    """Read the flows of a plan's output folder that are one port."""
    listed = json.loads((out / "flows.json").read_text(encoding="utf-8"))["flows"]
    return tuple(
        Flow(
            raw["id"], raw["from"], raw["to"], raw["toKind"], raw["port"], raw["protocol"], raw.get("externalName", "")
        )
        for raw in listed
        if raw.get("port")
    )


def hosts_outside(flows: Iterable[Flow]) -> dict[str, dict[int, str]]:
    """Give the hosts outside the cluster: port and kind of server for each."""
    found: dict[str, dict[int, str]] = {}
    for flow in flows:
        if flow.target_kind == "External":
            name = flow.host or flow.target.removeprefix("external:")
            found.setdefault(name, {})[flow.port] = flow.kind
    return found


def probes(template: Mapping[str, Any]) -> list[tuple[str, str, Raw]]:
    """List the probes of a Pod template or Pod: container, kind of probe, probe."""
    spec = template["spec"]
    return [
        (one["name"], kind, one[kind])
        for one in (*spec["containers"], *spec.get("initContainers", ()))
        for kind in ("readinessProbe", "livenessProbe", "startupProbe")
        if kind in one
    ]


def probe_port(probe: Raw, container: Raw) -> int | None:
    """Resolve the port of a probe; one that runs a program has none."""
    action = probe.get("httpGet") or probe.get("tcpSocket") or probe.get("grpc")
    if action is None:
        return None
    port = action["port"]
    if isinstance(port, int):
        return port
    return next((int(p["containerPort"]) for p in container.get("ports", ()) if p.get("name") == port), None)


def probe_call(probe: Raw, port: int, pod_ip: str) -> Raw:
    """Say how the kubelet performs a probe."""
    web = probe.get("httpGet")
    if web:
        kind = "https" if web.get("scheme") == "HTTPS" else "http"
        return {"kind": kind, "target": f"{pod_ip}:{port}", "host": f"{pod_ip}:{port}", "path": web.get("path", "/")}
    if "grpc" in probe:
        path = "/grpc.health.v1.Health/Check"
        return {"kind": "grpc", "target": f"{pod_ip}:{port}", "host": f"{pod_ip}:{port}", "path": path}
    return {"kind": "knock", "target": f"{pod_ip}:{port}", "host": "", "path": "/"}
