"""Gateway API, Istio, OpenShift, Traefik, Contour."""

from __future__ import annotations

from evidence.manifests import application, deployment, service


def _route(kind: str, parent: str = "Gateway") -> str:
    return (
        f"apiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r, namespace: shop}}\nspec:\n"
        f"  parentRefs:\n  - {{name: gw, kind: {parent}}}\n  rules:\n  - backendRefs:\n    - {{name: web, port: 80}}\n"
    )


def test_http_route(discover):
    assert "external:client -> shop/web:80" in application(discover(_route("HTTPRoute"), service("web", 80)).flows)


def test_grpc_route_says_grpc(discover):
    found = application(discover(_route("GRPCRoute"), service("web", 80)).flows)
    assert found["external:client -> shop/web:80"].protocol == "grpc"


def test_route_of_a_service_is_no_way_in(discover):
    assert not application(discover(_route("HTTPRoute", "Service"), service("web", 80)).flows)


VIRTUAL = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: shop}
spec:
  gateways: [gw]
  hosts: ['*']
  http:
  - route:
    - destination: {host: web, port: {number: 80}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: shop}
spec:
  selector: {app: gateway}
"""


def test_virtual_service_with_a_gateway(discover):
    found = application(discover(VIRTUAL, service("web", 80), deployment("gateway", namespace="edge")).flows)
    assert set(found) == {"external:client -> shop/web:80", "edge/gateway -> shop/web:80"}


def test_virtual_service_of_the_mesh_is_no_way_in(discover):
    text = VIRTUAL.replace("gateways: [gw]", "gateways: [mesh]")
    assert not application(discover(text, service("web", 80)).flows)


def test_openshift_route(discover):
    text = (
        "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: r, namespace: shop}\n"
        "spec:\n  to: {kind: Service, name: web}\n  port: {targetPort: http}\n"
    )
    assert "external:client -> shop/web:8080" in application(discover(text, service("web", (8080, "http"), 9090)).flows)


def test_traefik(discover):
    text = (
        "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: r, namespace: shop}\n"
        "spec:\n  routes:\n  - match: Host(`a`)\n    services:\n    - {name: web, port: 80}\n"
    )
    assert "external:client -> shop/web:80" in application(discover(text, service("web", 80)).flows)
