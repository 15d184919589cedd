"""VirtualServices, ServiceEntries."""

from __future__ import annotations

import textwrap

from evidence.manifests import application, deployment, service

GATEWAY = """\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec: {selector: {app: ingress}}
"""
PODS = deployment("ingress", namespace="istio-system")


def _virtual(spec: str, name: str = "v", namespace: str = "shop", group: str = "networking.istio.io") -> str:
    head = f"apiVersion: {group}/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n"
    return head + textwrap.indent(textwrap.dedent(spec), "  ")


def test_route_mirror_and_mirrors(discover):
    text = _virtual(
        """\
        gateways: [edge]
        http:
        - route: [{destination: {host: web, port: {number: 80}}}]
          mirror: {host: shadow, port: {number: 81}}
          mirrors: [{destination: {host: ghost, port: {number: 82}}}]
        """
    )
    found = application(
        discover(text, GATEWAY, PODS, service("web", 80), service("shadow", 81), service("ghost", 82)).flows
    )
    names = ("web:80", "shadow:81", "ghost:82")
    assert set(found) == {
        f"{caller} -> shop/{name}" for caller in ("external:client", "istio-system/ingress") for name in names
    }


def test_delegate_is_reached_through_the_one_that_names_it(discover):
    root = _virtual("gateways: [edge]\nhttp:\n- delegate: {name: part, namespace: team}\n")
    part = _virtual("http:\n- route: [{destination: {host: web}}]\n", "part", "team")
    result = discover(root, part, GATEWAY, service("web", 80, namespace="team"))
    assert set(application(result.flows)) == {"external:client -> team/web:80"}


def test_route_of_the_mesh_alone_has_no_known_caller(discover):
    text = _virtual("gateways: [mesh]\nhttp:\n- route: [{destination: {host: web}}]\n")
    result = discover(text, service("web", 80))
    assert not result.flows
    assert any("inside the mesh" in s.reason for s in result.suppressed)


def test_gateway_not_its_client_calls_a_host_outside(discover):
    text = _virtual("gateways: [edge]\nhttp:\n- route: [{destination: {host: api.acme.io, port: {number: 443}}}]\n")
    result = discover(text, GATEWAY, PODS)
    assert set(application(result.flows)) == {"istio-system/ingress -> external:api.acme.io:443"}


def test_way_out_through_a_gateway(discover):
    out = GATEWAY.replace("edge", "out").replace("app: ingress", "istio: egressgateway")
    pods = deployment("out", namespace="istio-system").replace("app: out", "istio: egressgateway")
    text = _virtual(
        """\
        gateways: [mesh, out]
        tls:
        - match: [{gateways: [mesh], sniHosts: [api.acme.io]}]
          route: [{destination: {host: out.istio-system.svc.cluster.local, port: {number: 443}}}]
        - match: [{gateways: [out], sniHosts: [api.acme.io]}]
          route: [{destination: {host: api.acme.io, port: {number: 443}}}]
        - match: [{gateways: [out], sniHosts: [other.acme.io]}]
          route: [{destination: {host: proxy, port: {number: 3128}}}]
        """
    )
    result = discover(text, out, pods, service("out", 443, namespace="istio-system"), service("proxy", 3128))
    assert {flow.id for flow in result.flows} == {
        "istio-system/out -> external:api.acme.io:443",
        "istio-system/out -> shop/proxy:3128",
    }
    assert any(s.text.startswith("out.istio-system") and "inside the mesh" in s.reason for s in result.suppressed)


def test_kind_of_another_product_is_not_read_as_istios(discover):
    text = _virtual("gateways: [edge]\nhttp:\n- route: [{destination: {host: web}}]\n", group="other.io")
    assert not discover(text, service("web", 80)).flows


def test_service_entry_is_a_hint(discover):
    text = (
        "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: e, namespace: shop}\n"
        "spec:\n  hosts: [api.acme.io]\n  ports: [{number: 443, name: https, protocol: HTTPS}]\n"
    )
    result = discover(text)
    assert not result.flows
    assert [s.text for s in result.suppressed] == ["api.acme.io"]
