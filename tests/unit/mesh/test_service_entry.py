"""ServiceEntries: Istio's validation rule by rule, meshplan's refusals, and the resolution a host needs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.service_entry import problems, resolution_for
from planner.mesh.versions import Version

NOW, OLD = Version(1, 31), Version(1, 27)
Spec = dict[str, Any]

HTTPS: Spec = {
    "hosts": ["api.example.com"],
    "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}],
    "location": "MESH_EXTERNAL",
    "resolution": "DNS",
    "exportTo": ["."],
}
DATABASE: Spec = {
    "hosts": ["db.example.com"],
    "addresses": ["10.1.2.3"],
    "ports": [{"number": 5432, "name": "tcp-db", "protocol": "TCP"}],
    "resolution": "DNS",
}
STATIC: Spec = {
    **HTTPS,
    "resolution": "STATIC",
    "endpoints": [{"address": "10.1.2.3", "ports": {"tls": 8443}}],
}
WILDCARD: Spec = {**HTTPS, "hosts": ["*.example.com"], "resolution": "NONE"}
DYNAMIC: Spec = {**WILDCARD, "resolution": "DYNAMIC_DNS"}


def rules(spec: Spec, istio: Version = NOW, severity: str = "error", **more: Any) -> set[str]:
    return {problem.rule for problem in problems(spec, "shop", istio, **more) if problem.severity == severity}


@pytest.mark.parametrize(
    "spec",
    [
        HTTPS,
        DATABASE,
        STATIC,
        WILDCARD,
        DYNAMIC,
        {**HTTPS, "hosts": ["API.Example.com."]},
        {**HTTPS, "exportTo": ["~"]},
        {**HTTPS, "exportTo": [".", "web"]},
        {**DATABASE, "hosts": ["label.internal"], "addresses": ["10.0.0.0/8"], "resolution": "NONE"},
        {**STATIC, "endpoints": [{"address": "unix:///var/run/x.sock"}]},
        {**STATIC, "endpoints": [{"network": "other"}]},
        {**HTTPS, "hosts": ["a.example.com", "b.example.com"]},
        {**HTTPS, "resolution": "DNS_ROUND_ROBIN", "endpoints": [{"address": "x.example.com"}]},
    ],
)
def test_sound_entries(spec: Spec) -> None:
    assert problems(spec, "shop", NOW) == ()


PORT = HTTPS["ports"][0]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"workloadSelector": {"labels": {"": "x"}}}, "selector-label"),  # 1
        ({"workloadSelector": {"labels": {"app": "*"}}}, "selector-label"),
        (
            {"workloadSelector": {"labels": {"a": "b"}}, "endpoints": [{"address": "a.b"}]},
            "selector-and-endpoints",
        ),  # 2
        ({"hosts": []}, "no-hosts"),  # 3
        ({"hosts": ["*"]}, "host-star"),  # 4
        ({"hosts": ["a_b.example.com"]}, "host-name"),  # 5
        ({"hosts": ["api.*.com"]}, "host-name"),
        ({"hosts": ["10.1.2.3"]}, "host-name"),
        ({"hosts": ["x" * 64 + ".com"]}, "host-name"),
        ({"hosts": [None]}, "host-name"),
        ({"addresses": ["10.1.2"]}, "address"),  # 6
        ({"addresses": ["10.0.0.0/8"]}, "address-range"),  # 7
        ({"ports": [{}]}, "port-null"),  # 8
        ({"ports": [PORT, {**PORT, "number": 444}]}, "port-name-twice"),
        ({"ports": [PORT, {**PORT, "name": "other"}]}, "port-number-twice"),
        ({"ports": [{**PORT, "targetPort": 70000}]}, "target-port"),
        ({"ports": [{**PORT, "number": 0}]}, "port-number"),
        ({"ports": [{**PORT, "number": 65536}]}, "port-number"),
        ({"ports": [{**PORT, "name": ""}]}, "port-name"),
        ({"ports": [{**PORT, "name": "a.b"}]}, "port-name"),
        ({"ports": [{**PORT, "protocol": "tls-web"}]}, "port-protocol"),
        ({"resolution": "NONE", "endpoints": [{"address": "10.1.1.1"}]}, "endpoints-without-resolution"),  # 9
        ({"resolution": "STATIC", "endpoints": [None]}, "endpoint-null"),  # 10
        ({"resolution": "STATIC", "endpoints": [{"ports": {"tls": 1}}]}, "endpoint-address"),
        ({"resolution": "STATIC", "endpoints": [{"address": "10.1.1.1", "labels": {"a": "x y"}}]}, "endpoint-label"),
        ({"endpoints": [{"network": "other"}]}, "endpoint-address"),
        ({"resolution": "STATIC", "endpoints": [{"address": "a.example.com"}]}, "endpoint-address"),
        ({"resolution": "STATIC", "endpoints": [{"address": "unix://run/x"}]}, "unix-path"),
        ({"resolution": "STATIC", "endpoints": [{"address": "unix:///x", "ports": {"tls": 1}}]}, "unix-endpoint-ports"),
        ({"resolution": "STATIC", "endpoints": [{"address": "unix:///x"}], "ports": []}, "unix-ports"),
        ({"resolution": "STATIC", "endpoints": [{"address": "10.1.1.1", "ports": {"web": 1}}]}, "endpoint-port"),
        ({"hosts": ["*.example.com"]}, "dns-host"),  # 11
        ({"endpoints": [{"address": "*.example.com"}]}, "endpoint-address"),
        ({"endpoints": [{"address": "a.b", "ports": {"web": 1}}]}, "endpoint-port"),
        (
            {"resolution": "DNS_ROUND_ROBIN", "endpoints": [{"address": "a.b"}, {"address": "c.d"}]},
            "round-robin-endpoints",
        ),
        ({"resolution": "DYNAMIC_DNS"}, "dynamic-host"),  # 12
        ({"resolution": "dns"}, "resolution"),  # 13
        (
            {"hosts": ["a.b", "c.d"], "ports": [{**PORT, "protocol": "TCP"}], "addresses": ["10.1.1.1"]},
            "hosts-on-tcp",
        ),  # 14
        ({"exportTo": [".", "shop"]}, "export-duplicate"),  # 15
        ({"exportTo": ["*", "web"]}, "export-mixed"),
        ({"exportTo": ["~", "web"]}, "export-mixed"),
        ({"exportTo": ["a/b"]}, "export-name"),
        ({"addresses": ["1" * 65]}, "address-length"),
        ({"hosts": [f"h{i}.example.com" for i in range(257)]}, "too-many"),
    ],
)
def test_each_rule_of_istio(change: Spec, rule: str) -> None:
    assert rule in rules({**HTTPS, **change})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"addresses": ["10.1.1.1"]}, "dynamic-addresses"),
        ({"endpoints": [{"address": "10.1.1.1"}]}, "dynamic-endpoints"),
        ({"ports": [{**PORT, "protocol": "TCP"}]}, "dynamic-protocol"),
        ({"ports": [{**PORT, "protocol": ""}]}, "dynamic-protocol"),
    ],
)
def test_dynamic_dns(change: Spec, rule: str) -> None:
    assert rule in rules({**DYNAMIC, **change})


def test_dynamic_dns_by_version() -> None:
    def with_protocol(protocol: str, istio: Version) -> set[str]:
        return rules({**DYNAMIC, "ports": [{**PORT, "protocol": protocol}]}, istio)

    assert with_protocol("HTTP", OLD) == {"dynamic-version"}
    assert with_protocol("HTTP", Version(1, 28)) == set()
    assert with_protocol("TLS", Version(1, 28)) == {"dynamic-protocol"}
    assert with_protocol("TLS", Version(1, 29)) == set()
    assert with_protocol("GRPC", Version(1, 29)) == {"dynamic-protocol"}
    assert with_protocol("GRPC", Version(1, 30)) == set()


def test_dynamic_dns_inside_the_mesh_at_a_waypoint() -> None:
    spec = {**DYNAMIC, "location": "MESH_INTERNAL"}
    assert rules(spec) == set()
    assert rules(spec, labels={"istio.io/use-waypoint": "w"}) == {"dynamic-internal"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"workloadSelector": {}}, "selector-empty"),
        ({"workloadSelector": {"labels": {"a": "b"}}, "resolution": "NONE"}, "selector-without-resolution"),
        ({"hosts": ["*foo.com"], "resolution": "NONE"}, "host-partial-wildcard"),
    ],
)
def test_warnings_of_istio(change: Spec, rule: str) -> None:
    assert rule in rules({**HTTPS, **change}, severity="warning")


def test_tcp_without_addresses_is_refused_with_an_alternative() -> None:
    bare = {**DATABASE, "addresses": []}
    found = [p for p in problems(bare, "shop", NOW) if p.rule == "tcp-without-addresses"]
    assert [p.field for p in found] == ["spec.ports[0]"]
    assert "addresses" in found[0].message
    assert rules(bare, addresses_allocated=True) == set()
    assert rules({**bare, "resolution": "NONE"}, addresses_allocated=True) == {"tcp-without-addresses"}
    assert rules({**bare, "ports": [{**PORT, "protocol": ""}]}) == {"tcp-without-addresses"}


def test_a_host_that_another_entry_owns_is_refused() -> None:
    owned = {"API.example.com": "web/stripe"}
    assert rules(HTTPS, owned_hosts=owned) == {"host-owned"}
    assert rules(HTTPS, owned_hosts={"*.example.com": "web/all"}) == set()


@pytest.mark.parametrize(
    "host", ["cart.shop.svc.cluster.local", "*.local", "kubernetes.default", "*.shop.svc.cluster.local"]
)
def test_hosts_of_the_cluster_are_refused(host: str) -> None:
    assert "host-in-cluster" in rules({**WILDCARD, "hosts": [host]})


def test_a_wildcard_resolved_through_endpoints_is_refused() -> None:
    spec = {**HTTPS, "hosts": ["*.example.com"], "endpoints": [{"address": "a.example.com"}]}
    assert rules(spec) == {"wildcard-dns"}


@pytest.mark.parametrize(
    ("host", "protocol", "resolution", "addresses", "alternative"),
    [
        ("api.example.com", "TLS", "DNS", False, ""),
        ("api.example.com", "HTTP", "DNS", False, ""),
        ("db.example.com", "TCP", "DNS", True, ""),
        ("10.1.2.3", "TCP", "NONE", True, ""),
        ("10.0.0.0/8", "TLS", "NONE", True, ""),
        ("*.example.com", "TLS", "NONE", False, "DYNAMIC_DNS"),
        ("*.example.com", "TCP", "NONE", True, ""),
    ],
)
def test_resolution_for(host: str, protocol: str, resolution: str, addresses: bool, alternative: str) -> None:
    found = resolution_for(host, protocol, NOW)
    assert (found.resolution, found.needs_addresses, found.alternative) == (resolution, addresses, alternative)
    assert found.reason


def test_dynamic_dns_is_offered_from_130_on_only() -> None:
    assert resolution_for("*.example.com", "TLS", Version(1, 29)).alternative == ""
    assert resolution_for("*.example.com", "TLS").alternative == ""


@pytest.mark.parametrize("host", ["api.example.com", "*.example.com", "10.1.2.3"])
@pytest.mark.parametrize("protocol", ["HTTP", "TLS", "GRPC", "TCP"])
def test_what_is_advised_is_accepted(host: str, protocol: str) -> None:
    advice = resolution_for(host, protocol, NOW)
    address = host if host[0].isdigit() else "240.1.1.1"
    spec = {
        "hosts": ["label.example.com" if host[0].isdigit() else host],
        "addresses": [address] if advice.needs_addresses else [],
        "ports": [{"number": 1234, "name": "x", "protocol": protocol}],
        "resolution": advice.resolution,
    }
    assert rules(spec) == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["hosts", "addresses", "ports", "resolution", "endpoints", "workloadSelector", "exportTo", "location"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.sampled_from(["DNS", "STATIC", "DYNAMIC_DNS", "NONE"]))
def test_ill_typed_entries_never_raise(spec: Spec, resolution: str) -> None:
    assert problems(spec, "shop", NOW)
    assert problems({**spec, "resolution": resolution}, "shop", NOW)
