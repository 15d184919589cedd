"""Envoy."""

from __future__ import annotations

import json
import textwrap

from evidence.text.seen import calls, left_out

TEXT = """\
    admin:
      address:
        socket_address: {address: admin.shop, port_value: 9901}
    static_resources:
      listeners:
      - name: front
        address:
          socket_address: {address: front.shop, port_value: 8080}
        filter_chains:
        - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              route_config:
                virtual_hosts:
                - domains: ["api.acme.io:8443"]
                  routes:
                  - match: {prefix: "/"}
                    route: {cluster: web}
              http_filters:
              - name: envoy.filters.http.ext_authz
                typed_config:
                  grpc_service:
                    envoy_grpc: {cluster_name: authz}
        - filters:
          - name: envoy.filters.network.redis_proxy
            typed_config:
              prefix_routes:
                catch_all_route: {cluster: store}
      clusters:
      - name: web
        type: STRICT_DNS
        load_assignment:
          cluster_name: web
          endpoints:
          - lb_endpoints:
            - endpoint:
                address:
                  socket_address:
                    address: web-svc
                    port_value: 8000
        transport_socket:
          name: envoy.transport_sockets.tls
      - name: authz
        http2_protocol_options: {}
        hosts:
        - socket_address: {address: authz-svc, port_value: 9000}
      - name: store
        load_assignment:
          endpoints:
          - lb_endpoints:
            - endpoint: {address: {socket_address: {address: store-svc, port_value: 6379}}}
"""
EXPECTED = [("web-svc", 8000, "https"), ("authz-svc", 9000, "grpc"), ("store-svc", 6379, "redis")]


def test_clusters():
    assert calls("envoy.yaml", TEXT) == [(*found, line) for found, line in zip(EXPECTED, (39, 46, 51), strict=True)]


def test_listeners_and_admin():
    assert left_out("envoy.yaml", TEXT) == {
        "admin.shop": "an address to listen on",
        "front.shop": "an address to listen on",
    }


def test_in_json_on_one_line():
    import yaml

    text = json.dumps(yaml.safe_load(textwrap.dedent(TEXT)))
    assert [found[:3] for found in calls("envoy.json", text)] == EXPECTED


def test_in_an_escaped_string():
    text = json.dumps({"apiVersion": "v1", "bootstrap": textwrap.dedent(TEXT)})
    assert [found[:3] for found in calls("all.json", text)] == EXPECTED
    assert {found[3] for found in calls("all.json", text)} == {1}


def test_name_of_the_host_beside_a_cluster():
    text = """\
    static_resources:
      clusters:
      - name: keys
        load_assignment:
          endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: idp, port_value: 80}}}}]}]
    http_uri:
      uri: http://login.acme.io/keys
      cluster: keys
    """
    assert calls("e.yaml", text) == [("idp", 80, "http", 5)]
    assert left_out("e.yaml", text) == {"login.acme.io": "the cluster says where, this only names the host"}


def test_template_is_read_by_lines():
    text = """\
    {{ if .tls }}
    static_resources:
      clusters:
      - load_assignment:
          endpoints:
          - lb_endpoints:
            - endpoint:
                address:
                  socket_address:
                    address: cart
                    port_value: 8080
    {{ end }}
    """
    assert calls("envoy.yaml", text) == [("cart", 8080, "", 10)]
