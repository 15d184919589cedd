"""Who serves an Ingress: told by image and class."""

from __future__ import annotations

import pytest

from evidence.manifests import deployment
from planner.evidence.controllers import Controllers


def _ingress(name: str) -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\n"
        f"spec: {{ingressClassName: {name}}}\n"
    )


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("registry.k8s.io/ingress-nginx/controller:v1@sha256:ab", "nginx"),
        ("traefik:v3", "traefik"),
        ("quay.io/jcmoraisjr/haproxy-ingress:v0.14", "haproxy"),
        ("haproxytech/kubernetes-ingress", "haproxy"),
        ("kong:3.4", "kong"),
        ("localhost:5000/nginx/nginx-ingress:3", "nginx"),
    ],
)
def test_controller_by_image(snapshot, image, name):
    inventory = snapshot(deployment("c", image=image, namespace="edge"), _ingress(name)).inventory
    (ingress,) = inventory.of_kind("Ingress")
    assert [ref.text for ref, _ in Controllers(inventory).serving(ingress)] == ["edge/c"]


@pytest.mark.parametrize("image", ["traefik/whoami", "kong/httpbin", "acme/traefik-forward-auth", "nginx:1.25"])
def test_demo_images_are_no_controllers(snapshot, image):
    inventory = snapshot(deployment("c", image=image), _ingress("traefik")).inventory
    (ingress,) = inventory.of_kind("Ingress")
    assert not Controllers(inventory).serving(ingress)


def test_contour_is_served_by_its_envoy(snapshot):
    pod = "initContainers:\n- {name: envoy-initconfig, image: 'ghcr.io/projectcontour/contour:v1.30'}\n"
    texts = (
        deployment("envoy", image="docker.io/envoyproxy/envoy:v1.31", pod=pod, kind="DaemonSet", namespace="edge"),
        deployment("contour", image="ghcr.io/projectcontour/contour:v1.30", namespace="edge"),
        deployment("proxy", image="docker.io/envoyproxy/envoy:v1.31", namespace="edge"),
    )
    found = Controllers(snapshot(*texts).inventory).of_product("contour")
    assert [ref.text for ref, _ in found] == ["edge/envoy"]
