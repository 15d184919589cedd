"""What the kubelet calls: probes and hooks of the pod, and of other hosts."""

from __future__ import annotations

from evidence.manifests import deployment, service
from planner.model.refs import KUBELET


def _called(result) -> set[str]:
    return {flow.target.text + f":{flow.port}" for flow in result.flows if flow.source == KUBELET}


def test_probe_of_another_host(discover):
    body = "livenessProbe:\n  httpGet: {host: cart.shop.svc.cluster.local, port: 80, path: /}\n"
    assert _called(discover(deployment("web", body), service("cart", 80))) == {"shop/cart:80"}


def test_hooks(discover):
    body = (
        "lifecycle:\n  postStart:\n    httpGet: {port: 8080, path: /warm}\n"
        "  preStop:\n    tcpSocket: {host: 10.0.0.9, port: 7000}\n"
    )
    assert _called(discover(deployment("web", body))) == {"shop/web:8080", "external:10.0.0.9:7000"}


def test_loopback_is_the_pod_only_on_the_nodes_network(discover):
    body = "livenessProbe:\n  httpGet: {host: 127.0.0.1, port: 9000, path: /}\n"
    assert _called(discover(deployment("web", body, pod="hostNetwork: true\n"))) == {"shop/web:9000"}


def test_loopback_of_a_pod_of_its_own_is_not_reached(discover):
    result = discover(deployment("web", "livenessProbe:\n  httpGet: {host: localhost, port: 9000, path: /}\n"))
    assert not _called(result)
    assert any(s.reason == "the pod itself" for s in result.suppressed)


def test_exec_probes_and_hooks_call_as_the_container(discover):
    body = (
        "livenessProbe:\n  exec: {command: [sh, -c, 'nc -z cart 80']}\n"
        "lifecycle:\n  preStop:\n    exec: {command: [curl, -X, POST, 'http://pay:81/drain']}\n"
    )
    result = discover(deployment("web", body), service("cart", 80), service("pay", 81))
    assert {flow.id for flow in result.flows} == {"shop/web -> shop/cart:80", "shop/web -> shop/pay:81"}


def test_grpc_health_probe_of_another_host(discover):
    body = "readinessProbe:\n  exec: {command: [/bin/grpc_health_probe, '-addr=cart:80']}\n"
    assert {f.id for f in discover(deployment("web", body), service("cart", 80)).flows} == {"shop/web -> shop/cart:80"}
