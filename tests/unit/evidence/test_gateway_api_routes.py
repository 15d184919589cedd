"""Routes of the Gateway API."""

from __future__ import annotations

import textwrap

import pytest

from evidence.manifests import application, deployment, service
from planner.evidence import confidence

GATEWAY = """\
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: nginx}
spec: {controllerName: gateway.nginx.org/nginx-gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: edge}
spec: {gatewayClassName: nginx}
"""
PROXY = deployment("proxy", image="ghcr.io/nginxinc/nginx-gateway-fabric:1.2", namespace="edge")


def _route(rules: str, kind: str = "HTTPRoute", parent: str = "{name: edge, namespace: edge}") -> str:
    head = (
        f"apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r, namespace: shop}}\n"
        f"spec:\n  parentRefs: [{parent}]\n  rules:\n"
    )
    return head + textwrap.indent(textwrap.dedent(rules), "  ")


def test_client_and_gateway_reach_the_backend(discover):
    text = _route("- backendRefs: [{name: web, port: 80}]\n")
    found = application(discover(text, GATEWAY, PROXY, service("web", 80)).flows)
    assert set(found) == {"external:client -> shop/web:80", "edge/proxy -> shop/web:80"}


def test_pods_made_for_a_gateway_carry_its_name(discover):
    made = deployment("edge-istio", namespace="edge").replace(
        "app: edge-istio", "gateway.networking.k8s.io/gateway-name: edge"
    )
    text = _route("- backendRefs: [{name: web, port: 80}]\n")
    assert "edge/edge-istio -> shop/web:80" in application(discover(text, GATEWAY, made, service("web", 80)).flows)


def test_mirrors_of_rules_and_of_backends(discover):
    text = _route(
        """\
        - filters:
          - type: RequestMirror
            requestMirror: {backendRef: {name: shadow, port: 81}}
          backendRefs:
          - name: web
            port: 80
            filters:
            - type: RequestMirror
              requestMirror: {backendRef: {name: ghost, port: 82}}
        """
    )
    found = application(discover(text, service("web", 80), service("shadow", 81), service("ghost", 82)).flows)
    assert set(found) == {f"external:client -> shop/{n}" for n in ("web:80", "shadow:81", "ghost:82")}


def _grant(to: str, source: str = "shop") -> str:
    return (
        "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: g, namespace: data}\n"
        f"spec:\n  from: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: {source}}}]\n"
        f"  to: [{to}]\n"
    )


@pytest.mark.parametrize(
    ("grants", "allowed"),
    [
        ((_grant("{group: '', kind: Service}"),), True),
        ((_grant("{group: '', kind: Service, name: api}"),), True),
        ((_grant("{group: '', kind: Service, name: other}"),), False),
        ((_grant("{group: '', kind: Service}", "other"),), False),
        ((), False),
    ],
)
def test_reference_into_another_namespace_needs_a_grant(discover, grants, allowed):
    text = _route("- backendRefs: [{name: api, namespace: data, port: 80}]\n")
    (flow,) = discover(text, service("api", 80, namespace="data"), *grants).flows
    assert (confidence.ENTRY_POINT.name in flow.evidence[0].grounds) is allowed


def test_route_on_a_service_is_a_split_inside(discover):
    text = _route("- backendRefs: [{name: v2, port: 80}]\n", parent="{kind: Service, group: '', name: web}")
    result = discover(text, service("v2", 80))
    assert not result.flows
    assert any("split" in s.reason and s.text == "shop/v2" for s in result.suppressed)


def test_kinds_of_routes_say_what_is_spoken(discover):
    kinds = {"GRPCRoute": "grpc", "TLSRoute": "tls", "TCPRoute": "tcp", "UDPRoute": "udp"}
    for kind, spoken in kinds.items():
        (flow,) = discover(_route("- backendRefs: [{name: web, port: 7}]\n", kind), service("web", 7)).flows
        assert (flow.id, flow.protocol) == ("external:client -> shop/web:7", spoken)


def test_backend_of_another_kind_leads_outside(discover):
    backend = (
        "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: legacy, namespace: shop}\n"
        "spec:\n  endpoints:\n  - fqdn: {hostname: legacy.acme.io, port: 443}\n"
    )
    text = _route("- backendRefs: [{group: gateway.envoyproxy.io, kind: Backend, name: legacy}]\n")
    assert set(application(discover(text, backend, GATEWAY, PROXY).flows)) == {
        "edge/proxy -> external:legacy.acme.io:443"
    }


def test_backend_outside_without_a_gateway_is_left_out(discover):
    text = _route("- backendRefs: [{group: networking.istio.io, kind: Hostname, name: legacy.acme.io, port: 443}]\n")
    result = discover(text)
    assert not result.flows
    assert any(s.text == "legacy.acme.io" and "not read" in s.reason for s in result.suppressed)


def test_backend_that_is_no_service_is_left_out_with_a_reason(discover):
    text = _route("- backendRefs: [{group: inference.networking.k8s.io, kind: InferencePool, name: pool}]\n")
    result = discover(text)
    assert not result.flows
    assert [(s.text, s.reason) for s in result.suppressed] == [("shop/pool", "a backend that is no Service")]
