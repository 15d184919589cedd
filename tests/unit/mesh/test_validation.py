"""VirtualServices, DestinationRules and PeerAuthentications that a renderer must never write."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh.destination_rule import destination_rule_problems
from planner.mesh.validation import CHECKED_KINDS, object_problems, peer_authentication_problems
from planner.mesh.versions import Version
from planner.mesh.virtual_service import on_mesh, virtual_service_problems

NOW = Version(1, 31)
HOST = "cart.shop.svc.cluster.local"
Spec = dict[str, Any]

TO_CART: Spec = {"destination": {"host": HOST, "port": {"number": 80}}}
ROUTED: Spec = {"hosts": [HOST, "www.example.com"], "http": [{"route": [TO_CART]}]}
SPLIT: Spec = {
    "hosts": [HOST],
    "gateways": ["mesh", "edge/public"],
    "http": [
        {
            "match": [{"uri": {"prefix": "/v2"}, "headers": {"x": {"exact": "y"}}}],
            "route": [TO_CART],
            "timeout": "1.5s",
        },
        {
            "route": [
                {"destination": {"host": HOST, "subset": "v1"}, "weight": 90},
                {"destination": {"host": HOST, "subset": "v2"}, "weight": 10},
            ],
            "retries": {"attempts": 0},
        },
    ],
}
PLAIN_RULE: Spec = {"host": HOST, "subsets": [{"name": "v1", "labels": {"version": "v1"}}]}


def vs_rules(spec: Spec, severity: str = "error") -> set[str]:
    return {p.rule for p in virtual_service_problems(spec, "shop") if p.severity == severity}


def dr_rules(spec: Spec, severity: str = "error") -> set[str]:
    return {p.rule for p in destination_rule_problems(spec, "shop") if p.severity == severity}


@pytest.mark.parametrize(
    "spec",
    [
        ROUTED,
        SPLIT,
        {**ROUTED, "hosts": ["*"], "gateways": ["edge/public"]},
        {**ROUTED, "hosts": ["10.0.0.1"]},
        {**ROUTED, "http": [{"redirect": {"uri": "/x"}}]},
        {**ROUTED, "http": [{"route": [{**TO_CART, "weight": 0}]}]},
        {"hosts": [HOST], "tcp": [{"match": [{"port": 3306}], "route": [TO_CART]}]},
        {"hosts": ["*.example.com"], "tls": [{"match": [{"sniHosts": ["a.example.com"]}], "route": [TO_CART]}]},
        {"http": [{"route": [TO_CART]}]},
        {**ROUTED, "http": [{"route": [], "directResponse": {"status": 200}}]},
        {**ROUTED, "http": [{"match": [{"headers": {":method": {"exact": "GET"}}}, {}], "route": [TO_CART]}]},
        {**ROUTED, "http": [{"match": [{"uri": {"prefix": "/"}}], "route": [TO_CART]}]},
    ],
)
def test_sound_virtual_services(spec: Spec) -> None:
    assert virtual_service_problems(spec, "shop") == ()


def http(**route: Any) -> Spec:
    return {"http": [{"route": [TO_CART], **route}]}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"http": []}, "no-routes"),
        ({"hosts": ["*"]}, "star-on-mesh"),
        ({"hosts": ["a_b"]}, "host"),
        ({"hosts": ["*.foo.com", "a.foo.com"]}, "host-twice"),
        ({"hosts": [HOST, HOST]}, "host-twice"),
        ({"hosts": [], "gateways": ["mesh"]}, "delegate"),
        ({"gateways": ["a/b/c"]}, "gateway"),
        ({"gateways": [""]}, "gateway"),
        ({"http": [{}]}, "route-null"),
        ({"http": [{"timeout": "1s"}]}, "action"),
        (http(redirect={"uri": "/"}), "actions"),
        (http(directResponse={"status": 200}), "actions"),
        ({"http": [{"redirect": {"uri": "/"}, "fault": {}}]}, "actions"),
        ({"http": [{"route": []}]}, "action"),
        (http(mirror={}, mirrors=[{}]), "mirrors"),
        (http(match=[{"method": {"prefix": ""}}]), "match-prefix"),
        (http(match=[{"headers": {"x": {"regex": ""}}}]), "match-regex"),
        (http(match=[{"headers": {"": {"exact": "y"}}}]), "match-name"),
        (http(match=[{"headers": {"a b": {"exact": "y"}}}]), "match-name"),
        (http(match=[{"port": 70000}]), "port"),
        ({"http": [{"route": [{"destination": {"host": "*"}}]}]}, "destination"),
        ({"http": [{"route": [{"destination": {"host": HOST, "port": {}}}]}]}, "port"),
        ({"http": [{"route": [{"destination": {"host": HOST, "subset": "a.b"}}]}]}, "subset"),
        ({"http": [{"route": [{**TO_CART, "weight": -1}]}]}, "weight"),
        ({"http": [{"route": [{**TO_CART, "weight": "9"}]}]}, "weight"),
        ({"http": [{"route": [TO_CART, TO_CART]}]}, "weights"),
        (http(rewrite={}), "rewrite"),
        (http(rewrite={"uri": "/", "uriRegexRewrite": {}}), "rewrite"),
        (http(rewrite={"authority": "x"}, headers={"request": {"set": {"Host": "y"}}}), "host-twice"),
        (http(headers={"response": {"set": {"Host": "y"}}}), "host-header"),
        (http(headers={"request": {"remove": ["host"]}}), "host-header"),
        (http(timeout="0s"), "timeout"),
        (http(timeout=5), "timeout"),
        (http(timeout="0.5ms"), "timeout"),
        (http(retries={"attempts": -1}), "attempts"),
        (http(retries={"attempts": 0, "retryOn": "5xx"}), "attempts"),
        (http(retries={"attempts": 1, "perTryTimeout": "x"}), "timeout"),
        ({"tls": [{"route": [TO_CART]}]}, "tls-match"),
        ({"tls": [{"match": [{}], "route": [TO_CART]}]}, "sni-hosts"),
        ({"tls": [{"match": [{"sniHosts": ["b.org"]}], "route": [TO_CART]}]}, "sni-host"),
        ({"tcp": [{"match": [{"port": 70000}], "route": [TO_CART]}]}, "port"),
        ({"tcp": [{}]}, "route"),
        ({"exportTo": ["~"]}, "export-name"),
    ],
)
def test_virtual_service_errors(change: Spec, rule: str) -> None:
    assert rule in vs_rules({**ROUTED, **change})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"hosts": ["cart"]}, "short-host"),
        ({"http": [{"route": [{"destination": {"host": "cart"}}]}]}, "short-host"),
        ({"gateways": ["public.edge.svc.cluster.local"]}, "gateway-dotted"),
        ({"tls": [{"match": [{"sniHosts": ["10.1.1.1"]}], "route": [TO_CART]}]}, "sni-address"),
        (http(match=[{"uri": {"prefix": "/a"}}]), "no-catch-all"),
        (http(match=[{"uri": {"prefix": "/"}, "port": 80}]), "no-catch-all"),
    ],
)
def test_virtual_service_warnings(change: Spec, rule: str) -> None:
    assert rule in vs_rules({**ROUTED, **change}, "warning")


def test_who_evaluates() -> None:
    assert on_mesh(ROUTED)
    assert on_mesh({"gateways": ["edge/public", "mesh"]})
    assert not on_mesh({"gateways": ["edge/public"]})


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"host": "*.example.com"},
        {"trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}},
        {"trafficPolicy": {"connectionPool": {"tcp": {}}}},
        {"trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}]}},
        {"trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "configmap://shop/ca"}}},
        {"trafficPolicy": {"tls": {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k"}}},
        {
            "trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "x"}},
            "workloadSelector": {"matchLabels": {"app": "web"}},
            "exportTo": ["."],
        },
    ],
)
def test_sound_destination_rules(change: Spec) -> None:
    assert destination_rule_problems({**PLAIN_RULE, **change}, "shop") == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"host": "a_b.c"}, "host"),
        ({"host": None}, "host"),
        ({"trafficPolicy": {}}, "policy-empty"),
        ({"trafficPolicy": {"tls": {}}}, "tls-without-mode"),
        ({"trafficPolicy": {"tls": {"sni": "x"}}}, "tls-without-mode"),
        ({"trafficPolicy": {"tls": {"mode": "mutual"}}}, "tls-mode"),
        ({"trafficPolicy": {"tls": {"mode": "MUTUAL"}}}, "tls-client"),
        ({"trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "x"}}}, "tls-credential"),
        ({"trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "x", "caCertificates": "/c"}}}, "tls-sources"),
        (
            {"trafficPolicy": {"tls": {"mode": "SIMPLE", "insecureSkipVerify": True, "caCertificates": "/c"}}},
            "tls-verify",
        ),
        ({"trafficPolicy": {"portLevelSettings": [{"tls": {"mode": "SIMPLE"}}]}}, "port-number"),
        ({"trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}, "tls": {}}]}}, "tls-without-mode"),
        ({"trafficPolicy": {"connectionPool": {}}}, "pool-empty"),
        ({"subsets": [{"name": "a.b", "labels": {"v": "1"}}]}, "subset-name"),
        ({"subsets": [*PLAIN_RULE["subsets"], *PLAIN_RULE["subsets"]]}, "subset-twice"),
        ({"subsets": [{"name": "v1", "labels": {"version": 1}}]}, "subset-label"),
        ({"subsets": [{"name": "v1", "labels": {"v": "1"}, "trafficPolicy": {"tls": {}}}]}, "tls-without-mode"),
        ({"subsets": [{"name": "v1", "labels": {"a b": "v1"}}]}, "subset-label"),
        ({"subsets": [{"name": "v1", "labels": {"version": "v 1"}}]}, "subset-label"),
        ({"workloadSelector": {"matchLabels": {"": "b"}}}, "selector-label"),
        ({"trafficPolicy": {"portLevelSettings": [{"port": {"number": 80}}]}}, "port-empty"),
        ({"trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "configmap://ca"}}}, "tls-configmap"),
        ({"trafficPolicy": {"tls": {"mode": "SIMPLE", "credentialName": "configmap://web/ca"}}}, "tls-configmap"),
        ({"workloadSelector": {"matchLabels": {"a": "b"}}, "exportTo": ["*"]}, "selector-export"),
        ({"exportTo": ["~"]}, "export-name"),
    ],
)
def test_destination_rule_errors(change: Spec, rule: str) -> None:
    assert rule in dr_rules({**PLAIN_RULE, **change})


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"host": "cart"}, "short-host"),
        ({"subsets": [{"name": "v1"}]}, "subset-labels"),
        ({"workloadSelector": {}}, "selector-empty"),
        (
            {"trafficPolicy": {"tls": {"mode": "SIMPLE"}, "portLevelSettings": [{"port": {"number": 80}, "x": 1}]}},
            "port-drops-tls",
        ),
    ],
)
def test_destination_rule_warnings(change: Spec, rule: str) -> None:
    assert rule in dr_rules({**PLAIN_RULE, **change}, "warning")


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        ({"mtls": {"mode": "STRICT"}}, set()),
        ({}, set()),
        ({"selector": {"matchLabels": {"a": "b"}}, "portLevelMtls": {8080: {"mode": "DISABLE"}}}, set()),
        ({"mtls": {"mode": None}}, set()),
        ({"mtls": {"mode": "strict"}}, {"mode"}),
        ({"mtls": {"mode": {}}}, {"mode"}),
        ({"portLevelMtls": {8080: {"mode": "DISABLE"}}}, {"ports-without-selector"}),
        ({"selector": {"matchLabels": {"a": "b"}}, "portLevelMtls": {}}, {"ports-empty"}),
        ({"selector": {"matchLabels": {"a": "b"}}, "portLevelMtls": {"http": {"mode": "OFF"}}}, {"port", "mode"}),
    ],
)
def test_peer_authentications(spec: Spec, rules: set[str]) -> None:
    assert {problem.rule for problem in peer_authentication_problems(spec)} == rules


def test_one_door() -> None:
    def ask(kind: str, spec: Spec) -> Any:
        return object_problems({"kind": kind, "metadata": {"namespace": "shop"}, "spec": spec}, NOW)

    assert ask("VirtualService", ROUTED) == ()
    assert ask("DestinationRule", {**PLAIN_RULE, "trafficPolicy": {"tls": {}}})[0].rule == "tls-without-mode"
    assert ask("PeerAuthentication", {"mtls": {"mode": "x"}})[0].rule == "mode"
    assert ask("ServiceEntry", {})[0].rule == "no-hosts"
    assert ask("Gateway", {}) is None
    assert all(ask(kind, {}) is not None for kind in CHECKED_KINDS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["hosts", "gateways", "http", "tls", "tcp", "host", "subsets", "trafficPolicy", "workloadSelector", "exportTo"]
)
PARTS = st.sampled_from(["route", "match", "retries", "timeout", "headers", "rewrite", "tls", "portLevelSettings"])


@given(st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(PARTS, JSON), max_size=2) | st.dictionaries(PARTS, JSON)))
def test_ill_typed_objects_never_raise(spec: Spec) -> None:
    for kind in sorted(CHECKED_KINDS):
        assert object_problems({"kind": kind, "spec": spec}, NOW) is not None
