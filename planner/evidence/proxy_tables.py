"""Where proxies with kinds of their own keep their backends, and whom they call for their own sake.

Sources: the CustomResourceDefinitions of Traefik (doc.traefik.io), Contour (projectcontour.io), Kong
(docs.konghq.com), Emissary (getambassador.io), NGINX (docs.nginx.com), Apache APISIX, Skipper
(opensource.zalando.com/skipper), Envoy Gateway, AWS load balancer controller (TargetGroupBinding).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.evidence.words import word_set

_ROUTES = """
    IngressRoute     traefik   http  spec.routes[].services[]
    IngressRouteTCP  traefik   tcp   spec.routes[].services[]
    IngressRouteUDP  traefik   udp   spec.routes[].services[]
    TraefikService   traefik   http  spec.weighted.services[] spec.mirroring spec.mirroring.mirrors[]
                                     spec.highestRandomWeight.services[]
    Middleware       traefik   http  spec.errors.service
    HTTPProxy        contour   http  spec.routes[].services[] spec.tcpproxy.services[]
    TCPIngress       kong      tcp   spec.rules[].backend
    UDPIngress       kong      udp   spec.rules[].backend
    Mapping          emissary  http  spec.service
    TCPMapping       emissary  tcp   spec.service
    VirtualServer    nginx-inc http  spec.upstreams[]
    VirtualServerRoute nginx-inc http spec.upstreams[]
    TransportServer  nginx-inc tcp   spec.upstreams[]
    ApisixRoute      apisix    http  spec.http[].backends[] spec.http[].backend spec.stream[].backend
    RouteGroup       skipper   http  spec.backends[]
    TargetGroupBinding alb     http  spec.serviceRef
"""
"""Kind, product, what is spoken to backends, where the backends stand."""

_SIDE_CALLS = """
    Middleware       traefik   http  spec.forwardAuth.address
    ExtensionService contour   grpc  spec.services[]
    HTTPProxy        contour   https spec.virtualhost.jwtProviders[].remoteJWKS.uri
    AuthService      emissary  http  spec.auth_service
    RateLimitService emissary  grpc  spec.service
    TracingService   emissary  http  spec.service
    LogService       emissary  grpc  spec.service
    KongPlugin       kong      http  config.**
    KongClusterPlugin kong     http  config.**
    ApisixRoute      apisix    http  spec.http[].plugins[].config.**
    ApisixPluginConfig apisix  http  spec.plugins[].config.**
    SecurityPolicy   envoy     http  spec.extAuth.http.backendRefs[] spec.extAuth.grpc.backendRefs[]
                                     spec.oidc.provider.issuer spec.jwt.providers[].remoteJWKS.uri
    EnvoyExtensionPolicy envoy grpc  spec.extProc[].backendRefs[]
    Policy           nginx-inc https spec.oidc.tokenEndpoint spec.oidc.jwksURI
"""
"""The same of what the proxy itself asks: who a caller is, whether a rate is kept, where a log goes."""

_GROUPS = {
    "traefik": "traefik.io traefik.containo.us contour.heptio.com",
    "contour": "projectcontour.io",
    "kong": "configuration.konghq.com",
    "emissary": "getambassador.io x.getambassador.io",
    "nginx-inc": "k8s.nginx.org",
    "apisix": "apisix.apache.org",
    "skipper": "zalando.org",
    "alb": "elbv2.k8s.aws",
    "envoy": "gateway.envoyproxy.io",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of one product.

    Attributes:
        kind: Kind of the resource.
        groups: API groups in which it means this product.
        product: Name that `controllers` knows the product by.
        protocol: What is spoken, where the resource does not say.
        patterns: Fields, as `patterns.each` takes them.
        is_route: Whether a client outside calls the backend through the proxy.
    """

    kind: str
    groups: frozenset[str]
    product: str
    protocol: str
    patterns: tuple[str, ...]
    is_route: bool


def _rows(table: str, is_route: bool) -> Iterator[Row]:
    for line in table.replace("\n                                     ", " ").strip().splitlines():
        kind, product, protocol, *patterns = line.split()
        yield Row(kind, word_set(_GROUPS[product]), product, protocol, tuple(patterns), is_route)


ROWS: tuple[Row, ...] = (*_rows(_ROUTES, is_route=True), *_rows(_SIDE_CALLS, is_route=False))
"""Every row, routes first."""
