"""Worlds for the rows of the truth table: one Service per callee and DestinationRule, one world per mode."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from planner.mesh.transport import CalleeKind, CallerKind, Mode, TlsMode
from tests.mesh.world import Raw, World, WorldCall, istio, metadata, pod, slice_of

CALLERS = ("sidecar", "sidecar_passthrough", "none", "none_tls")
CALLEES = {
    "sidecar": (True, True),
    "mixed_clusterip": (True, False),
    "mixed_headless": (True, False),
    "none": (False, False),
    "external": (),
}
"""Callees that the simulator knows, with which of their pods have a sidecar; the others are of ambient."""
CLASSES = {"http": 8080, "tcp": 9000}
"""Port classes that a conditional row may depend on, with their container port."""
OUTSIDE = "203.0.113.7"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table, tried on a port of one class."""

    caller: CallerKind
    callee: CalleeKind
    mode: Mode
    tls: TlsMode
    port_class: str

    @property
    def id(self) -> str:
        return f"{self.caller}-{self.callee}-{self.tls}-{self.port_class}"


def rows(mode: Mode) -> list[Row]:
    """List the rows that need no ambient and no gateway, for each class of port."""
    return [
        Row(CallerKind(caller), CalleeKind(callee), mode, tls, port_class)
        for caller, callee, tls, port_class in product(CALLERS, CALLEES, TlsMode, CLASSES)
        # On a port that is not declared HTTP the pods of a headless Service have listeners: nothing passes through.
        if (caller, callee, port_class) != ("sidecar_passthrough", "mixed_headless", "tcp")
    ]


def world(mode: Mode, wanted: list[Row]) -> World:
    """Build the world of one mode, with a call for each of its rows."""
    names = ("shop", "istio-system")
    objects: list[Raw] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    objects += [_caller("proxied", "10.0.0.1", sidecar=True), _caller("plain", "10.0.0.2", sidecar=False)]
    objects.append(istio("PeerAuthentication", metadata("default", "shop", 1), {"mtls": {"mode": mode.value}}))
    calls = []
    for number, (callee, tls) in enumerate(sorted({(row.callee, row.tls) for row in wanted})):
        addresses = _callee(objects, number, callee, tls)
        calls += [_call(row, number, addresses) for row in wanted if (row.callee, row.tls) == (callee, tls)]
    return World(f"table-{mode}", False, True, tuple(objects), tuple(calls))


def _caller(name: str, address: str, *, sidecar: bool) -> Raw:
    return pod(metadata(name, "shop", 0, labels={"app": name}), address, {}, sidecar=sidecar)


def _callee(objects: list[Raw], number: int, callee: CalleeKind, tls: TlsMode) -> list[list[str]]:
    """Add a callee; give the addresses of its name, and of its pods."""
    name, virtual = f"s{number}", f"10.96.0.{number + 1}"
    if callee == "external":
        host, addresses = f"{name}.example.com", [[OUTSIDE], [OUTSIDE]]
        ports = [{"number": n, "name": c, "protocol": c.upper()} for c, n in CLASSES.items()]
        spec: Raw = {"hosts": [host], "ports": ports, "resolution": "DNS", "addresses": [f"10.97.0.{number + 1}"]}
        objects.append(istio("ServiceEntry", metadata(name, "shop", 2), spec))
        addresses[0] = [f"10.97.0.{number + 1}"]
    else:
        host = f"{name}.shop.svc.cluster.local"
        pods = [
            pod(metadata(f"{name}-{at}", "shop", 2, labels={"app": name}), f"10.1.{number}.{at + 1}", {}, sidecar=with_)
            for at, with_ in enumerate(CALLEES[callee])
        ]
        headless = callee == "mixed_headless"
        ports = [{"name": c, "port": n, "targetPort": n} for c, n in CLASSES.items()]
        spec = {"clusterIP": "None" if headless else virtual, "selector": {"app": name}, "ports": ports}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name, "shop", 1), "spec": spec}
        objects += [service, *pods, slice_of(service, pods)]
        own = [one["status"]["podIP"] for one in pods]
        addresses = [own if headless else [virtual], own]
    if tls != "unset":
        settings: Raw = {"mode": tls.value}
        if tls == "MUTUAL":
            settings |= {"clientCertificate": "/c.pem", "privateKey": "/k.pem"}
        objects.append(
            istio("DestinationRule", metadata(name, "shop", 3), {"host": host, "trafficPolicy": {"tls": settings}})
        )
    return addresses


def _call(row: Row, number: int, addresses: list[list[str]]) -> WorldCall:
    by_name, by_pod = addresses
    passing = row.caller == "sidecar_passthrough"
    protocol = "tls" if row.caller == "none_tls" else row.port_class
    host = f"s{number}.example.com" if row.callee == "external" else f"s{number}.shop.svc.cluster.local"
    proxied = row.caller.startswith("sidecar")
    # A Host and an address that no Service has is what makes traffic pass through.
    return WorldCall(
        row.id, "shop", "proxied" if proxied else "plain", proxied, tuple(by_pod if passing else by_name),
        CLASSES[row.port_class], protocol, "elsewhere.test" if passing else host,
    )  # fmt: skip
