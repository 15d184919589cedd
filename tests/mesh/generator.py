"""Makes worlds from seeds, and the calls in them; the same seed makes the same world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.mesh.gen_rules import HOSTS, PUBLIC, PUBLIC_NAME, make_rules
from tests.mesh.gen_services import DOMAIN, NUMBERS, Builder, is_injected, key_of, make_services
from tests.mesh.world import Raw, World, WorldCall, target_number

STRANGERS = ("www.elsewhere.test", PUBLIC_NAME)
"""Hosts that nothing knows, or only a VirtualService."""


def make_world(seed: int, services: int = 5) -> World:
    """Make the world of a seed."""
    at = Builder(Random(seed))
    make_services(at, services)
    make_rules(at)
    calls = tuple(replace(call, id=f"c{number}") for number, call in enumerate(_calls(at)))
    registry_only, auto_mtls = at.chance(0.25), not at.chance(0.06)
    return World(f"seed-{seed}", registry_only, auto_mtls, tuple(at.objects), calls)


def _calls(at: Builder) -> Iterator[WorldCall]:
    for service in at.services:
        ports = service["spec"].get("ports", ())
        if not ports:
            yield from _to_alias(at, service)
        for port in ports:
            yield from _to_port(at, service, port)
    for entry in at.entries:
        for _ in range(2):
            yield _outside(at, entry)
    yield _call(at, (PUBLIC["pay.example.com"],), 8080, "http", "pay.example.com", external="pay.example.com")


def _to_port(at: Builder, service: Raw, port: Raw) -> Iterator[WorldCall]:
    """Call one port by name, sometimes by a foreign Host, sometimes at a pod's own address."""
    pods = at.behind[key_of(service)]
    own = tuple(one["status"]["podIP"] for one in pods)
    virtual = service["spec"]["clusterIP"]
    addresses = own if virtual == "None" else (virtual,)
    host = f"{service['metadata']['name']}.{service['metadata']['namespace']}.{DOMAIN}"
    if not addresses:
        return
    for _ in range(2):
        yield _call(at, addresses, port["port"], _speaks(at, port), host, service=key_of(service))
    if at.chance(0.3):
        yield _call(at, addresses, port["port"], "http", at.random.choice(STRANGERS), service=key_of(service))
    if at.chance(0.3):
        yield _call(at, addresses, port["port"], "http", _other_name(at, service), service=key_of(service))
    if virtual == "None" and at.chance(0.2):
        # Kubernetes alone does not ask whether a headless Service declares a port.
        undeclared = at.random.choice(NUMBERS)
        yield _call(at, addresses, undeclared, _speaks(at, port), host, service=key_of(service))
    if pods and at.chance(0.45):
        number = target_number(port, pods)
        one = at.random.choice(own)
        yield _call(at, (one,), number, _speaks(at, port), one, direct=True)


def _other_name(at: Builder, service: Raw) -> str:
    """Give another way to write a Service's name, which may count or not, or the name of another Service."""
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    stranger = at.random.choice(at.services)["metadata"]
    forms = (name, f"{name}.{namespace}", f"{name}.{namespace}.svc", f"{name}.{namespace}.{DOMAIN}.")
    pod = f"{name}-0.{name}.{namespace}.{DOMAIN}"
    other = f"{stranger['name']}.{stranger['namespace']}.{DOMAIN}"
    return at.random.choice((*forms, pod, other, service["spec"]["clusterIP"].replace("None", "10.96.9.9")))


def _to_alias(at: Builder, service: Raw) -> Iterator[WorldCall]:
    """Call an ExternalName: DNS leads to the real name, the Host stays the alias."""
    target = service["spec"]["externalName"]
    alias = f"{service['metadata']['name']}.{service['metadata']['namespace']}.{DOMAIN}"
    real = next((s for s in at.services if key_of(s) == ".".join(target.split(".")[:2][::-1]).replace(".", "/")), None)
    if real is None:
        yield _call(at, (PUBLIC[target],), 80, "http", alias, service=key_of(service))
        return
    for port in real["spec"]["ports"]:
        yield _call(at, (real["spec"]["clusterIP"],), port["port"], _speaks(at, port), alias, service=key_of(service))


def _outside(at: Builder, entry: Raw) -> WorldCall:
    """Call a host that an entry names, or another one on its port."""
    port = entry["spec"]["ports"][0]
    host = entry["spec"]["hosts"][0]
    if at.chance(0.25):
        host = at.random.choice(HOSTS)
    address = PUBLIC[host]
    name = host.replace("*", "any")
    protocol = at.random.choice(("http", "tls", "tcp", _speaks(at, {"name": port.get("protocol", "").lower()})))
    return _call(at, (address,), port["number"], protocol, name, external=name)


def _speaks(at: Builder, port: Raw) -> str:
    """Say what an application speaks on a port: mostly what the port says, as in a cluster that works."""
    said = port.get("appProtocol") or port.get("name", "")
    fits = "http" if said.startswith("http") and not said.startswith("https") else "tcp"
    if said.startswith(("http2", "grpc", "kubernetes.io/h2c")):
        fits = "http2"
    elif said.startswith(("https", "tls")):
        fits = "tls"
    elif said.startswith("web") or not said:
        fits = at.random.choice(("http", "tcp", "http2"))
    return fits if at.chance(0.8) else at.random.choice(("http", "http2", "tcp", "tls"))


def _call(
    at: Builder, addresses: tuple[str, ...], port: int, protocol: str, host: str,
    *, service: str = "", external: str = "", direct: bool = False,
) -> WorldCall:  # fmt: skip
    """Let a pod call: mostly one with a sidecar."""
    sidecar = at.chance(0.72)
    caller = at.random.choice([one for one in at.callers if is_injected(one) is sidecar])
    meta = caller["metadata"]
    return WorldCall(
        "", meta["namespace"], meta["name"], sidecar, addresses, port, protocol, host, service, external, direct
    )
