"""Routes of gateways and proxies that have kinds of their own."""

from __future__ import annotations

import textwrap

import pytest

from evidence.manifests import application, deployment, service


def _resource(kind: str, group: str, body: str, name: str = "r") -> str:
    head = f"apiVersion: {group}/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n"
    return head + textwrap.dedent(body)


WEB = service("web", (80, "http"))
ROUTES = {
    "traefik": _resource("IngressRoute", "traefik.io", "spec: {routes: [{services: [{name: web, port: 80}]}]}"),
    "traefik-weighted": _resource(
        "TraefikService", "traefik.io", "spec: {weighted: {services: [{name: web, port: 80}]}}"
    ),
    "traefik-mirror": _resource(
        "TraefikService", "traefik.io", "spec: {mirroring: {name: other, kind: TraefikService, "
        "mirrors: [{name: web, port: http}]}}"
    ),
    "traefik-errors": _resource(
        "Middleware", "traefik.io", "spec: {errors: {service: {name: web, port: 80}}}"
    ),
    "contour": _resource(
        "HTTPProxy", "projectcontour.io",
        "spec: {virtualhost: {fqdn: a.acme.io}, routes: [{services: [{name: web, port: 80}]}]}",
    ),
    "contour-tcp": _resource(
        "HTTPProxy", "projectcontour.io",
        "spec: {virtualhost: {fqdn: a.acme.io}, tcpproxy: {services: [{name: web, port: 80}]}}",
    ),
    "kong": _resource(
        "TCPIngress", "configuration.konghq.com", "spec: {rules: [{backend: {serviceName: web, servicePort: 80}}]}"
    ),
    "emissary": _resource("Mapping", "getambassador.io", "spec: {prefix: /, service: 'web.shop:80'}"),
    "emissary-short": _resource("Mapping", "getambassador.io", "spec: {prefix: /, service: web}"),
    "nginx": _resource(
        "VirtualServer", "k8s.nginx.org", "spec: {upstreams: [{name: back, service: web, port: 80}]}"
    ),
    "apisix": _resource(
        "ApisixRoute", "apisix.apache.org",
        "spec: {http: [{backends: [{serviceName: web, servicePort: 80}]}]}",
    ),
    "skipper": _resource(
        "RouteGroup", "zalando.org",
        "spec: {backends: [{name: b, type: service, serviceName: web, servicePort: 80}]}",
    ),
    "aws": _resource("TargetGroupBinding", "elbv2.k8s.aws", "spec: {serviceRef: {name: web, port: 80}}"),
    "gloo-kube": _resource(
        "VirtualService", "gateway.solo.io",
        "spec: {virtualHost: {routes: [{routeAction: {single: {kube: {ref: {name: web}, port: 80}}}}]}}",
    ),
    "gloo-discovered": _resource(
        "RouteTable", "gateway.solo.io",
        "spec: {routes: [{routeAction: {multi: {destinations: [{destination: {upstream: {name: shop-web-80}}}]}}}]}",
    ),
    "openshift": _resource(
        "Route", "route.openshift.io", "spec: {to: {kind: Service, name: web}, port: {targetPort: http}}"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_client_reaches_the_backend(discover, name):
    assert set(application(discover(ROUTES[name], WEB).flows)) == {"external:client -> shop/web:80"}


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_the_same_kind_of_another_group_is_not_read(discover, name):
    text = ROUTES[name].split("\n", 1)[1]
    result = discover("apiVersion: other.acme.io/v1\n" + text, WEB)
    assert not [flow for flow in result.flows if flow.source.text == "external:client"]


def test_proxy_is_a_caller_too(discover):
    proxy = deployment("traefik", image="traefik:v3.1", namespace="edge")
    found = application(discover(ROUTES["traefik"], WEB, proxy).flows)
    assert set(found) == {"external:client -> shop/web:80", "edge/traefik -> shop/web:80"}


def test_what_a_service_of_traefik_means_stands_elsewhere(discover):
    text = "spec: {routes: [{services: [{name: split, kind: TraefikService}, {name: 'api@internal'}]}]}"
    result = discover(_resource("IngressRoute", "traefik.io", text))
    assert not result.flows
    assert {s.text for s in result.suppressed} == {"shop/split", "shop/api@internal"}


def test_forward_auth(discover):
    text = _resource("Middleware", "traefik.io", "spec: {forwardAuth: {address: 'http://auth.shop.svc:4181/verify'}}")
    auth, proxy = service("auth", 4181), deployment("traefik", image="traefik:v3.1", namespace="edge")
    assert set(application(discover(text, auth, proxy).flows)) == {"edge/traefik -> shop/auth:4181"}


def test_redirects_of_a_middleware_are_no_calls(discover):
    text = _resource("Middleware", "traefik.io", "spec: {redirectRegex: {replacement: 'https://new.acme.io'}}")
    assert not application(discover(text, deployment("traefik", image="traefik:v3.1")).flows)


def test_part_of_a_contour_proxy_counts_where_it_is_included(discover):
    part = _resource("HTTPProxy", "projectcontour.io", "spec: {routes: [{services: [{name: web, port: 80}]}]}", "part")
    result = discover(part, WEB)
    assert not result.flows
    assert any("included by no" in s.reason for s in result.suppressed)
    root = _resource(
        "HTTPProxy", "projectcontour.io", "spec: {virtualhost: {fqdn: a.io}, includes: [{name: part}]}", "root"
    )
    assert set(application(discover(part, root, WEB).flows)) == {"external:client -> shop/web:80"}


def test_plugin_of_kong_sends_its_log(discover):
    text = _resource(
        "KongPlugin", "configuration.konghq.com", "plugin: http-log\nconfig: {http_endpoint: 'http://logs.shop.svc:80'}"
    )
    proxy = deployment("kong", image="kong:3.4", namespace="edge")
    assert set(application(discover(text, service("logs", 80), proxy).flows)) == {"edge/kong -> shop/logs:80"}


def test_network_backend_of_a_route_group_is_called_by_the_proxy(discover):
    text = _resource(
        "RouteGroup", "zalando.org", "spec: {backends: [{name: b, type: network, address: 'https://api.acme.io'}]}"
    )
    proxy = deployment("skipper", image="registry.opensource.zalan.do/teapot/skipper:v1", namespace="edge")
    assert set(application(discover(text, proxy).flows)) == {"edge/skipper -> external:api.acme.io:443"}


def test_missing_backend_is_unknown(discover):
    assert {flow.target.text for flow in discover(ROUTES["openshift"], ROUTES["contour"]).flows} == {"unknown:shop/web"}


def test_alternate_backends_of_openshift(discover):
    text = _resource(
        "Route", "route.openshift.io",
        "spec: {to: {name: web}, alternateBackends: [{name: new}], tls: {termination: passthrough}}",
    )  # fmt: skip
    found = discover(text, service("web", 7001), service("new", 7002)).flows
    assert {(flow.id, flow.protocol) for flow in found} == {
        ("external:client -> shop/web:7001", "tls"),
        ("external:client -> shop/new:7002", "tls"),
    }


def _with_mappings(text: str) -> str:
    notes = "  annotations:\n    getambassador.io/config: |\n" + textwrap.indent(textwrap.dedent(text), "      ")
    return service("edge", 8080).replace("  name: edge\n", "  name: edge\n" + notes, 1)


MAPPINGS = """\
    ---
    apiVersion: ambassador/v0
    kind: Mapping
    name: web
    prefix: /
    service: web.shop
    ---
    apiVersion: ambassador/v0
    kind: Module
    name: tls
    service: other
    ---
    kind: Mapping
    prefix: /out/
    service: https://api.acme.io
    """


def test_routes_in_an_annotation(discover):
    proxy = deployment("ambassador", image="quay.io/datawire/ambassador:0.50", namespace="edge")
    found = application(discover(_with_mappings(MAPPINGS), WEB, service("other", 80), proxy).flows)
    assert set(found) == {
        "external:client -> shop/web:80",
        "edge/ambassador -> shop/web:80",
        "edge/ambassador -> external:api.acme.io:443",
    }
    assert found["edge/ambassador -> shop/web:80"].evidence[0].line == 12


def test_routes_in_an_annotation_without_the_proxy(discover):
    found = discover(_with_mappings(MAPPINGS), WEB, service("other", 80))
    assert set(application(found.flows)) == {"external:client -> shop/web:80"}
    assert any(s.text == "https://api.acme.io" and "not read" in s.reason for s in found.suppressed)
