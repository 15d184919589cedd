"""The checker of the property test must see what is wrong; it is no use if it only ever agrees."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.unit.simulate.reality import Reality
from tests.unit.simulate.small_clusters import Call, Cluster, cluster

HTTP = Call(("a", "web"), ("b", "svc"), 80, "http")
MYSQL = Call(("a", "web"), ("b", "svc"), 80, "mysql", server_first=True)
OUT = Call(("a", "web"), ("", "api.example.com"), 443, "https")


def workload(namespace: str, name: str, **pod: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [], **pod}}
    meta = {"namespace": namespace, "name": name}
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": meta, "spec": {"template": template}}


def istio(kind: str, namespace: str, **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": "x/v1", "metadata": {"namespace": namespace, "name": "x"}, "spec": spec}


def world(inside: str, *objects: dict[str, Any], port: str = "http", headless: bool = False, **pod: Any) -> Reality:
    """Two namespaces, `a/web` calling `b/app` through `b/svc`; those named in `inside` are in the mesh."""
    spec: dict[str, Any] = {"selector": {"app": "app"}, "ports": [{"port": 80, "name": port}]}
    spec |= {"clusterIP": "None"} if headless else {}
    made = Cluster()
    made.objects = [
        *({"kind": "Namespace", "apiVersion": "v1", "metadata": {
            "name": name, "labels": {"istio-injection": "enabled"} if name in inside else {}}} for name in "ab"),
        workload("a", "web"), workload("b", "app", **pod),
        {"kind": "Service", "apiVersion": "v1", "metadata": {"namespace": "b", "name": "svc"}, "spec": spec},
        *copy.deepcopy(objects),
    ]  # fmt: skip
    return Reality(made)


STRICT = istio("PeerAuthentication", "b", mtls={"mode": "STRICT"})
DISABLE = istio("PeerAuthentication", "b", mtls={"mode": "DISABLE"})
AT_PORT = istio(
    "PeerAuthentication", "b", selector={"matchLabels": {"app": "app"}}, portLevelMtls={"80": {"mode": "DISABLE"}}
)
HOST = "svc.b.svc.cluster.local"
FORCED = istio("DestinationRule", "a", host=HOST, trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}})
PLAIN = istio("DestinationRule", "b", host=HOST, trafficPolicy={"tls": {"mode": "DISABLE"}})
CLOSED = istio("Sidecar", "a", egress=[{"hosts": ["./*"]}], outboundTrafficPolicy={"mode": "REGISTRY_ONLY"})
HIDING = istio("Sidecar", "a", egress=[{"hosts": ["./*"]}])


@pytest.mark.parametrize(
    ("there", "call", "word"),
    [
        (world(""), HTTP, ""),
        (world("b"), HTTP, ""),
        (world("ab", STRICT), HTTP, ""),
        (world("b", STRICT), HTTP, "STRICT"),
        (world("ab", STRICT, PLAIN), HTTP, "STRICT"),
        (world("ab", STRICT, HIDING), HTTP, "STRICT"),
        (world("ab", DISABLE), HTTP, ""),
        (world("a", FORCED), HTTP, "no proxy"),
        (world("ab", FORCED), HTTP, ""),
        (world("ab", AT_PORT), HTTP, ""),
        (world("ab", AT_PORT, headless=True), HTTP, "DISABLE"),
        (world("ab", STRICT, hostNetwork=True), HTTP, ""),
        (world("a", CLOSED), HTTP, "hidden"),
        (world("a", CLOSED), OUT, "no entry"),
        (world("a"), OUT, ""),
        (world("b", port="tcp"), MYSQL, "waits"),
        (world("b", AT_PORT, port="tcp"), MYSQL, ""),
        (world("b", AT_PORT, port="db"), MYSQL, "waits"),
        (world("ab", port="tcp"), MYSQL, ""),
        (world("a", port="db"), MYSQL, "the caller's proxy waits"),
    ],
)
def test_a_call_fails_where_istio_lets_it_fail(there: Reality, call: Call, word: str) -> None:
    found = there.failures(call)
    assert bool(found) is bool(word)
    assert word in " ".join(found)


def test_pods_that_an_eviction_would_bring_count() -> None:
    there = world("b", STRICT)
    there.running["b", "app"] = False
    assert there.failures(HTTP), "the next pod has a proxy, and that is STRICT"


def test_a_cluster_follows_from_its_seed() -> None:
    assert cluster(7).objects == cluster(7).objects
    assert cluster(7).calls != cluster(8).calls
