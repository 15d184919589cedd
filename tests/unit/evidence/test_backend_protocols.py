"""What an ingress controller speaks to a backend."""

from __future__ import annotations

import pytest

from evidence.manifests import service


def _spoken(discover, ingress: str = "", own: str = "") -> str:
    notes = f", annotations: {{{ingress}}}" if ingress else ""
    text = (
        f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i, namespace: shop{notes}}}\n"
        "spec: {defaultBackend: {service: {name: web, port: {number: 7000}}}}\n"
    )
    web = service("web", (7000, "main"))
    if own:
        web = web.replace("  name: web\n", f"  name: web\n  annotations: {{{own}}}\n", 1)
    (flow,) = discover(text, web).flows
    return flow.protocol


@pytest.mark.parametrize(
    ("annotation", "protocol"),
    [
        ("", "http"),
        ("nginx.ingress.kubernetes.io/backend-protocol: GRPC", "grpc"),
        ("nginx.ingress.kubernetes.io/backend-protocol: HTTPS", "https"),
        ("nginx.ingress.kubernetes.io/ssl-passthrough: 'true'", "tls"),
        ("nginx.org/grpc-services: 'other, web'", "grpc"),
        ("nginx.org/grpc-services: other", "http"),
        ("nginx.org/ssl-services: web", "https"),
        ("haproxy.org/server-ssl: 'true'", "https"),
        (
            "alb.acme.io/backend-protocol-version: GRPC, alb.acme.io/backend-protocol: HTTP",
            "grpc",
        ),
        ("acme.io/backend-protocol: nonsense", "http"),
    ],
)
def test_annotations_of_the_ingress(discover, annotation, protocol):
    assert _spoken(discover, annotation) == protocol


@pytest.mark.parametrize(
    ("annotation", "protocol"),
    [
        ("konghq.com/protocol: grpc", "grpc"),
        ("traefik.ingress.kubernetes.io/service.serversscheme: h2c", "http2"),
        ("projectcontour.io/upstream-protocol.h2c: '7000,9'", "http2"),
        ("projectcontour.io/upstream-protocol.h2c: main", "http2"),
        ("projectcontour.io/upstream-protocol.h2c: '8000'", "http"),
        ('cloud.google.com/app-protocols: \'{"main":"HTTPS"}\'', "https"),
        ("cloud.google.com/app-protocols: '{'", "http"),
    ],
)
def test_annotations_of_the_service(discover, annotation, protocol):
    assert _spoken(discover, own=annotation) == protocol
