from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from planner.checks.proxies import others
from planner.checks.proxies.passing import VISITOR, Passing


def reader_of(text: str) -> Callable[[str], Iterator[Passing]]:
    return next(reader for pattern, reader in others.READERS if pattern.search(text))


def passed(text: str) -> list[tuple[str, str]]:
    return [(f"{p.targets[0].host}:{p.targets[0].port}", p.host) for p in reader_of(text)(text)]


APACHE = "<VirtualHost *:80>\n{}  ProxyPass /a http://cart.shop:8080/\n</VirtualHost>\n"
HAPROXY = (
    "defaults\n  mode {}\nfrontend f\n  bind *:80\n  default_backend b\nbackend b\n{}  server s1 cart.shop:8080 check\n"
)
ENVOY = """static_resources:
  listeners:
  - name: l
    filter_chains:
    - filters:
      - typed_config:
          route_config:
            virtual_hosts:
            - routes:
              - match: {{prefix: "/"}}
                route:
                  cluster: cart
{}  clusters:
  - name: cart
    load_assignment:
      cluster_name: cart
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: cart.shop
                port_value: 8080
"""
TRAEFIK = (
    'http:\n  services:\n    cart:\n      loadBalancer:\n{}        servers:\n          - url: "http://cart.shop:8080"\n'
)
SPRING = "spring:\n  cloud:\n    gateway:\n      routes:\n"
SPRING += "        - id: a\n          uri: http://cart.shop:8080\n          predicates: [Path=/a]\n{}"
CADDY = ":80\nreverse_proxy cart.shop:8080 {{\n{}}}\n"
OAUTH2 = 'upstreams = [ "http://cart.shop:8080" ]\n{}'


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (APACHE.format("  ProxyPreserveHost On\n"), VISITOR),
        (APACHE.format('  RequestHeader set Host "www.shop.net"\n'), "www.shop.net"),
        (HAPROXY.format("http", ""), VISITOR),
        (HAPROXY.format("http", "  http-request set-header Host www.shop.net\n"), "www.shop.net"),
        (ENVOY.format(""), VISITOR),
        (ENVOY.format("                  host_rewrite_literal: www.shop.net\n"), "www.shop.net"),
        (TRAEFIK.format(""), VISITOR),
        (SPRING.format("          filters: [PreserveHostHeader]\n"), VISITOR),
        (SPRING.format("          filters: [SetRequestHostHeader=www.shop.net]\n"), "www.shop.net"),
        (CADDY.format(""), VISITOR),
        (OAUTH2.format(""), VISITOR),
    ],
)
def test_a_foreign_host_is_seen(text: str, host: str) -> None:
    assert passed(text) == [("cart.shop:8080", host)]


@pytest.mark.parametrize(
    "text",
    [
        APACHE.format(""),
        HAPROXY.format("tcp", ""),
        ENVOY.format("                  auto_host_rewrite: true\n"),
        TRAEFIK.format("        passHostHeader: false\n"),
        SPRING.format(""),
        CADDY.format("  header_up Host {upstream_hostport}\n"),
        OAUTH2.format("pass_host_header = false\n"),
    ],
)
def test_the_services_own_name_is_fine(text: str) -> None:
    assert passed(text) == []


def test_a_header_of_the_frontend_holds_for_its_backends() -> None:
    text = "defaults\n  mode http\nfrontend f\n  http-request set-header Host a.b\nbackend b\n  server s cart.shop:80\n"
    assert passed(text) == [("cart.shop:80", "a.b")]


def test_tls_to_the_server_is_left_out() -> None:
    assert passed(HAPROXY.format("http", "").replace(" check", " ssl verify none")) == []
