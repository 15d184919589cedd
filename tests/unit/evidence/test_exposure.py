"""Ways in from outside."""

from __future__ import annotations

from evidence.manifests import application, deployment, service
from planner.model.flow import Boundary

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i, namespace: shop}
spec:
  ingressClassName: nginx
  defaultBackend:
    service: {name: other, port: {number: 80}}
  rules:
  - host: shop.acme.io
    http:
      paths:
      - path: /
        backend:
          service: {name: web, port: {name: http}}
"""


def test_ingress_by_port_name_and_default_backend(discover):
    found = application(discover(INGRESS, service("web", (8080, "http")), service("other", 80)).flows)
    assert set(found) == {"external:client -> shop/web:8080", "external:client -> shop/other:80"}
    assert all(flow.boundary is Boundary.INGRESS for flow in found.values())


def test_old_ingress(discover):
    text = (
        "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec:\n"
        "  rules:\n  - http:\n      paths:\n      - backend: {serviceName: web, servicePort: 80}\n"
    )
    assert "external:client -> shop/web:80" in application(discover(text, service("web", 80)).flows)


def test_controller_of_the_class_is_a_caller(discover):
    controller = deployment("controller", image="registry.k8s.io/ingress-nginx/controller:v1", namespace="edge")
    found = application(discover(INGRESS, service("web", (8080, "http")), service("other", 80), controller).flows)
    assert found["edge/controller -> shop/web:8080"].boundary is Boundary.INTERNAL


def test_controller_of_another_class_is_no_caller(discover):
    controller = deployment("controller", image="traefik:v3", namespace="edge")
    found = application(discover(INGRESS, service("web", (8080, "http")), controller).flows)
    assert not any(name.startswith("edge/") for name in found)


def test_ingress_to_a_missing_service_invents_none(discover):
    assert {flow.target.text for flow in discover(INGRESS, service("other", 80)).flows} == {
        "unknown:shop/web",
        "shop/other",
    }


def test_load_balancer_and_node_port_and_external_ip(discover):
    texts = (
        service("a", 80, extra="type: LoadBalancer\n"),
        service("b", 81, extra="type: NodePort\n"),
        service("c", 82, extra="externalIPs: [10.0.0.9]\n"),
        service("d", 83),
    )
    assert set(application(discover(*texts).flows)) == {
        f"external:client -> shop/{n}" for n in ("a:80", "b:81", "c:82")
    }


def test_host_port_reaches_the_service_in_front(discover):
    body = "ports:\n- containerPort: 8080\n  hostPort: 80\n  name: http\n"
    found = application(discover(service("web", (80, "", 8080)), deployment("web", body)).flows)
    assert found["external:client -> shop/web:80"].target.kind == "Service"


def test_host_network_opens_declared_ports_of_the_workload(discover):
    body = "ports:\n- containerPort: 9100\n"
    found = application(discover(deployment("agent", body, pod="hostNetwork: true\n", kind="DaemonSet")).flows)
    assert found["external:client -> shop/agent:9100"].target.kind == "DaemonSet"


def test_host_port_on_loopback_is_closed(discover):
    body = "ports:\n- containerPort: 9100\n  hostPort: 9100\n  hostIP: 127.0.0.1\n"
    assert not application(discover(deployment("agent", body)).flows)
