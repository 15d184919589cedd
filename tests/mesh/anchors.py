"""Small worlds that show one rule each, with what happens in them; both judges are held against it.

Each was first found as a disagreement of meshplan with Istio's simulator. The unit tests ask meshplan alone.
"""

from __future__ import annotations

from typing import Any

from tests.mesh.world import Raw, World, WorldCall, istio, metadata, pod, slice_of

CART, EDGE = "shop", "edge"
"""Namespaces of the callee and of the caller."""
FULL, NEW = "cart.shop.svc.cluster.local", "new.shop.svc.cluster.local"
VIRTUAL, OUTSIDE = "10.96.0.1", "198.51.100.7"
Expected = tuple[str, str, str]
"""Outcome, encrypted, rule."""


def _pods(*sidecars: bool) -> list[Raw]:
    labels = {"app": "cart"}
    return [
        pod(metadata(f"cart-{n}", CART, n, labels=labels), f"10.1.0.{n + 1}", {}, sidecar=has)
        for n, has in enumerate(sidecars)
    ]


def _service(pods: list[Raw], port: Raw, name: str = "cart", *, headless: bool = False, minute: int = 5) -> list[Raw]:
    address = f"{VIRTUAL}{len(name)}"
    full = {"targetPort": port["port"], "protocol": "TCP", **port}
    spec = {"clusterIP": "None" if headless else address, "selector": {"app": "cart"}, "ports": [full]}
    raw = {"apiVersion": "v1", "kind": "Service", "metadata": metadata(name, CART, minute), "spec": spec}
    return [raw, slice_of(raw, pods)]


def _entry(name: str, host: str, port: Raw, *, namespace: str = EDGE, minute: int = 20, **spec: Any) -> Raw:
    body = {"hosts": [host], "ports": [{"name": "main", **port}], "resolution": "DNS", **spec}
    return istio("ServiceEntry", metadata(name, namespace, minute), body)


def _rule(policy: Raw, host: str = FULL, *, namespace: str = EDGE, **spec: Any) -> Raw:
    return istio("DestinationRule", metadata("rule", namespace, 30), {"host": host, "trafficPolicy": policy, **spec})


def _routes(hosts: list[str], destination: Raw, namespace: str = CART) -> Raw:
    spec = {"hosts": hosts, "http": [{"route": [{"destination": destination}]}]}
    return istio("VirtualService", metadata("routes", namespace, 25), spec)


def _strict(namespace: str = CART) -> Raw:
    return istio("PeerAuthentication", metadata("default", namespace, 3), {"mtls": {"mode": "STRICT"}})


def _world(objects: list[Raw], *, registry_only: bool = False, **call: Any) -> World:
    client = pod(metadata("client", EDGE, 1, labels={"app": "client"}), "10.0.0.1", {}, sidecar=True)
    given: dict[str, Any] = {
        "id": "c", "namespace": EDGE, "pod": "client", "proxied": True, "addresses": (f"{VIRTUAL}4",),
        "port": 80, "protocol": "http", "host": FULL, "service": "shop/cart", **call,
    }  # fmt: skip
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (CART, EDGE)]
    return World("anchor", registry_only, True, (*spaces, client, *objects), (WorldCall(**given),))


IN, OUT, MIXED = _pods(True), _pods(False), _pods(True, False)
HTTP, TCP, AUTO = ({"port": 80, "name": name} for name in ("http", "tcp", "web"))
NEXT, OFF = {"port": 81, "name": "http", "targetPort": 80}, {"mode": "DISABLE"}
DIRECT = {"service": "", "direct": True, "addresses": ("10.1.0.1",), "host": "10.1.0.1"}
AWAY = {"service": "", "external": "api.example.com", "host": "api.example.com", "addresses": (OUTSIDE,)}
MUTUAL = {"mode": "MUTUAL", "clientCertificate": "/c.pem", "privateKey": "/k.pem"}
EVEN = {"portLevelSettings": [{"port": {"number": 80}, "loadBalancer": {"simple": "RANDOM"}}]}
"""Settings of the port that say nothing of TLS."""

ANCHORS: dict[str, tuple[World, Expected]] = {
    "bytes that are not HTTP fall through a listener for HTTP": (
        _world([*OUT, *_service(OUT, HTTP)], protocol="tcp"), ("ok", "no", "passthrough"),
    ),
    "and so does TLS, which a sidecar then refuses at its port for HTTP": (
        _world([*IN, *_service(IN, HTTP)], protocol="tls"), ("fail", "na", "foreign-tls-on-http-port"),
    ),
    "and are refused where the registry is all there is": (
        _world([*OUT, *_service(OUT, HTTP)], protocol="tcp", registry_only=True), ("fail", "na", "registry-only"),
    ),
    "an entry without addresses takes a pod's own address on its port": (
        _world([*IN, *_service(IN, HTTP), _strict(), _entry("e", "db.example.com", {"number": 80, "protocol": "TCP"})],
               protocol="tcp", **DIRECT), ("ok", "no", "external"),
    ),
    "but HTTP goes by its Host, where HTTP is looked for": (
        _world([*IN, *_service(IN, HTTP), _strict(), _entry("e", "db.example.com", {"number": 80, "protocol": "TCP"})],
               **DIRECT), ("fail", "na", "strict-plaintext"),
    ),
    "an undeclared entry that is younger than a port for HTTP does not join its listener": (
        _world([*OUT, *_service(OUT, HTTP), _entry("e", "api.example.com", {"number": 80})],
               protocol="tcp", registry_only=True, **AWAY), ("fail", "na", "registry-only"),
    ),
    "a declared one does": (
        _world([*OUT, *_service(OUT, HTTP), _entry("e", "api.example.com", {"number": 80, "protocol": "TCP"})],
               protocol="tcp", registry_only=True, **AWAY), ("ok", "no", "external"),
    ),
    "a host that two namespaces name belongs to the caller's own": (
        _world([_entry("far", "api.example.com", {"number": 80, "protocol": "HTTP"}, namespace=CART, minute=10),
                _entry("own", "api.example.com", {"number": 443, "protocol": "TLS"})],
               registry_only=True, **AWAY), ("fail", "na", "registry-only"),
    ),
    "entries of one host that differ are not merged, and the younger leads nowhere": (
        _world([_entry("old", "api.example.com", {"number": 443, "protocol": "TLS"}, resolution="NONE"),
                _entry("new", "api.example.com", {"number": 80, "protocol": "HTTP"}, minute=21)],
               **AWAY), ("fail", "na", "entries-clash"),
    ),
    "an entry that goes to the called address is not listened for where another of its host has endpoints": (
        _world([_entry("old", "api.example.com", {"number": 80, "protocol": "TCP"}, addresses=["10.97.0.9"]),
                _entry("new", "api.example.com", {"number": 80, "protocol": "TCP"}, minute=21, resolution="NONE")],
               protocol="tcp", registry_only=True, **AWAY), ("fail", "na", "registry-only"),
    ),
    "a rule that its own namespace is not among does not hold there": (
        _world([*IN, *_service(IN, HTTP), _rule({"tls": OFF}, exportTo=["other"])]),
        ("ok", "mtls", "auto-mtls"),
    ),
    "a rule of a third namespace never holds": (
        _world([*IN, *_service(IN, HTTP), _rule({"tls": OFF}, namespace="other")]),
        ("ok", "mtls", "auto-mtls"),
    ),
    "settings of a port without tls leave the marks of endpoints to those of the host: plaintext": (
        _world([*IN, *_service(IN, HTTP), _rule({"tls": MUTUAL, **EVEN})]), ("ok", "no", "forced-plaintext"),
    ),
    "or mTLS to whoever has a sidecar": (
        _world([*MIXED, *_service(MIXED, HTTP), _rule({"tls": {"mode": "ISTIO_MUTUAL"}, **EVEN})]),
        ("ok", "partial", "per-endpoint"),
    ),
    "but not of a headless Service, which has no marks": (
        _world([*IN, *_service(IN, HTTP, headless=True), _rule({"tls": MUTUAL, **EVEN})], addresses=("10.1.0.1",)),
        ("ok", "mtls", "auto-mtls"),
    ),
    "a headless Service with another protocol on the same pods takes the call": (
        _world([*IN, *_service(IN, HTTP, headless=True), *_service(IN, AUTO, "twin", headless=True, minute=6),
                _rule({"tls": OFF}, "twin.shop.svc.cluster.local")], addresses=("10.1.0.1",)),
        ("ok", "no", "forced-plaintext"),
    ),
    "a pod's own address is that pod alone, though one without a sidecar decides for all": (
        _world([*MIXED, *_service(MIXED, TCP, headless=True), _strict()], protocol="tcp", **DIRECT),
        ("fail", "na", "strict-plaintext"),
    ),
    "TLS within mTLS is unwrapped before a port for HTTP, which cannot read it": (
        _world([*IN, *_service(IN, {"port": 80, "name": "http"}),
                *_service(IN, {"port": 443, "name": "tls", "targetPort": 80}, "also", minute=6)],
               protocol="tls", port=443, service="shop/also", host="also.shop.svc.cluster.local"),
        ("fail", "na", "not-http-on-http-port"),
    ),
    "a VirtualService leads a Service's calls to another one, under whose rules they are then": (
        _world([*IN, *_service(IN, HTTP), *_service(IN, NEXT, "new", minute=6),
                _strict(), _rule({"tls": OFF}), _routes([FULL], {"host": NEW, "port": {"number": 81}})]),
        ("ok", "mtls", "auto-mtls"),
    ),
    "a subset that no DestinationRule defines is nowhere": (
        _world([*IN, *_service(IN, HTTP), _routes([FULL], {"host": FULL, "subset": "v1"})]),
        ("fail", "na", "no-destination"),
    ),
    "nor is the port of another Service, where the rule does not name it": (
        _world([*IN, *_service(IN, HTTP), *_service(IN, NEXT, "new", minute=6),
                _routes([FULL], {"host": NEW})]), ("fail", "na", "no-destination"),
    ),
    "HTTP/2 that a VirtualService leads to a port for other bytes becomes HTTP/1.1": (
        _world([*IN, *_service(IN, {**HTTP, "name": "http2"}), *_service(IN, {**NEXT, "name": "tcp"}, "new", minute=6),
                _routes([FULL], {"host": NEW, "port": {"number": 81}})], protocol="http2"),
        ("fail", "na", "http2-on-http1-port"),
    ),
    "HTTP/2 becomes HTTP/1.1 on its way to a port for HTTP": (
        _world([*IN, *_service(IN, HTTP)], protocol="http2"), ("fail", "na", "http2-on-http1-port"),
    ),
    "a VirtualService that the Sidecar of the caller leaves out has no say": (
        _world([*IN, *_service(IN, HTTP), _routes([FULL], {"host": FULL, "subset": "v1"}, "other"),
                istio("Sidecar", metadata("s", EDGE, 9), {"egress": [{"hosts": ["./*", "shop/*"]}]})]),
        ("ok", "mtls", "auto-mtls"),
    ),
    "a Host beside that of a Service is taken on the Service's ports for HTTP": (
        _world([*IN, *_service(IN, HTTP), _strict(), _routes([FULL, "www.shop.example"], {"host": FULL})],
               host="www.shop.example"), ("ok", "mtls", "auto-mtls"),
    ),
    "the Host of an ExternalName reaches what it stands for": (
        _world([*IN, *_service(IN, HTTP), _strict(),
                {"apiVersion": "v1", "kind": "Service", "metadata": metadata("alias", EDGE, 7),
                 "spec": {"type": "ExternalName", "externalName": FULL}}],
               service="edge/alias", host=f"alias.{EDGE}.svc.cluster.local"), ("ok", "mtls", "auto-mtls"),
    ),
}  # fmt: skip
"""Rule in words, to its world and to what happens there."""
