"""Every way from a variable to an address: references, prefixes, service links, the downward API, pairs of flags."""

from __future__ import annotations

import pytest

from evidence.manifests import application, config_map, deployment, environment, service
from planner.evidence.service_links import ServiceLinks
from planner.evidence.variables import expand

CART = service("cart", (8080, "http"), (9090, "admin"))


def _ids(result) -> set[str]:
    return set(application(result.flows))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("http://$(A):$(B)/$(A)", "http://cart:80/cart"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$cart"),
        ("$(UNKNOWN) $A ${A} $()", "$(UNKNOWN) $A ${A} $()"),
    ],
)
def test_expansion_is_the_kubelets(text, wanted):
    assert expand(text, {"A": "cart", "B": "80"}) == wanted


def test_variables_see_what_was_set_before_them(discover):
    result = discover(CART, deployment("web", environment(HOST="cart", ADDR="$(HOST):8080", URL="http://$(ADDR)/x")))
    assert _ids(result) == {"shop/web -> shop/cart:8080"}
    assert len(next(f for f in result.flows if f.target.name == "cart").evidence) >= 2


def test_argument_to_variable_to_key_of_a_config_map(discover):
    body = (
        "env:\n- name: BACKEND\n  valueFrom: {configMapKeyRef: {name: c, key: backend}}\n"
        "args: ['--upstream=http://$(BACKEND)/api']\n"
    )
    assert _ids(discover(CART, config_map("c", backend="cart:8080"), deployment("web", body))) == {
        "shop/web -> shop/cart:8080"
    }


def test_prefix_of_a_whole_config_map(discover):
    body = "envFrom:\n- prefix: APP_\n  configMapRef: {name: c}\nargs: ['--to=http://$(APP_HOST):8080']\n"
    assert _ids(discover(service("cart", 8080), config_map("c", HOST="cart"), deployment("web", body))) == {
        "shop/web -> shop/cart:8080"
    }


@pytest.mark.parametrize(
    "word",
    [
        "http://$(CART_SERVICE_HOST):$(CART_SERVICE_PORT)",
        "http://$(CART_SERVICE_HOST):$(CART_SERVICE_PORT_HTTP)",
        "http://$(CART_PORT_8080_TCP_ADDR):$(CART_PORT_8080_TCP_PORT)",
        "--to=$(CART_PORT)",
        "--to=$(CART_PORT_8080_TCP)",
    ],
)
def test_service_links(discover, word):
    assert _ids(discover(CART, deployment("web", f"args: ['{word}']\n"))) == {"shop/web -> shop/cart:8080"}


def test_service_links_in_a_script(discover):
    body = "command: [sh, -c, 'curl -s http://${CART_PORT_8080_TCP_ADDR}:${CART_PORT_8080_TCP_PORT}/x']\n"
    assert _ids(discover(CART, deployment("web", body))) == {"shop/web -> shop/cart:8080"}


def test_links_of_other_namespaces_headless_services_and_own_variables_are_none(snapshot):
    other, headless = service("far", 80, namespace="far"), service("quiet", 80, extra="clusterIP: None\n")
    links = ServiceLinks(snapshot(CART, other, headless).inventory)
    for text in ("$(FAR_SERVICE_HOST)", "$(QUIET_SERVICE_HOST)", "$(CART_SERVICE_PORT_NOPE)", "$(CART_PORT_1_TCP)"):
        assert links.put(text, "shop", ()) == text
    assert links.put("$(CART_SERVICE_HOST)", "shop", {"CART_SERVICE_HOST"}) == "$(CART_SERVICE_HOST)"
    assert links.put("port: ${CART_PORT}", "shop") == "port: ${CART_PORT}"
    assert links.put("${CART_PORT}", "shop", ()) == "tcp://cart:8080"
    assert links.put("https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_PORT_443_TCP_PORT)", "shop", ()) == (
        "https://kubernetes.default.svc:443"
    )


def test_downward_api(discover):
    body = (
        "env:\n- name: NS\n  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}\n"
        "- name: PEER\n  valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}\n"
        "- {name: A, value: 'http://cart.$(NS).svc:8080'}\n- {name: B, value: 'http://$(PEER)-db.$(NS):5432'}\n"
    )
    found = _ids(discover(CART, service("web-db", 5432), deployment("web", body)))
    assert found == {"shop/web -> shop/cart:8080", "shop/web -> shop/web-db:5432"}


@pytest.mark.parametrize(
    "words", ["--db-host=pg, --db-port=6543", "--db-host, pg, --db-port, '6543'", "-Ddb.host=pg, -Ddb.port=6543"]
)
def test_host_and_port_in_two_flags(discover, words):
    found = discover(service("pg", (6543, "tcp"), (9187, "metrics")), deployment("web", f"args: [{words}]\n"))
    assert _ids(found) == {"shop/web -> shop/pg:6543"}


def test_port_of_another_flag_is_not_taken(discover):
    (flow,) = discover(service("pg", 5432), deployment("web", "args: [--db-host=pg, --web-port=8080]\n")).flows
    assert flow.port == 5432


def test_ports_of_one_host_that_say_for_what(discover):
    variables = environment(OTEL_HOST="otel", OTEL_PORT_GRPC="4317", OTEL_PORT_HTTP="4318", OTEL_PORT_NAME="x")
    found = discover(service("otel", 4317, 4318, 8888), deployment("web", variables))
    assert {(f.id, f.protocol) for f in found.flows} == {
        ("shop/web -> shop/otel:4317", "grpc"),
        ("shop/web -> shop/otel:4318", "http"),
    }


def test_the_one_port_wins_over_those_with_a_suffix(discover):
    variables = environment(DB_HOST="pg", DB_PORT="5432", DB_PORT_ADMIN="5433")
    assert _ids(discover(service("pg", 5432, 5433), deployment("web", variables))) == {"shop/web -> shop/pg:5432"}


PEERS = (
    service("db", (26257, "grpc"), extra="clusterIP: None\n"),
    "args: ['--join=db-0.db,db-1.db']\n",
    "args: [start, --join, 'db-0.db,db-1.db']\n",
    "command: [sh, -c, 'exec db start --join db-0.db,db-1.db --cache 25%']\n",
)


@pytest.mark.parametrize("body", PEERS[1:])
def test_peers_without_ports(discover, body):
    result = discover(PEERS[0], deployment("db", body, kind="StatefulSet"))
    (flow,) = [flow for flow in result.flows if flow.source.text == "shop/db"]
    assert (flow.id, flow.protocol) == ("shop/db -> shop/db:26257", "grpc")


def test_lists_of_other_things_are_no_peers(discover):
    body = "args: ['--discovery=db,cart', '--tags=db.shop,cart.shop', --join, now]\n"
    result = discover(service("cart", 80), deployment("web", body))
    assert not result.flows


def test_protocol_and_port_of_a_tunnel_is_no_host(discover):
    result = discover(deployment("web", "command: [/cloud_sql_proxy, '-instances=a:b:c=tcp:5432']\n"))
    assert not result.flows
    assert [s.reason for s in result.suppressed] == ["a protocol and a port to listen on"]


@pytest.mark.parametrize(
    ("ports", "port"),
    [
        ([(9042, "cql")], None),
        ([(9042, "cql"), (7001, "intra-node")], 7001),
        ([(9042, "cql"), (7000, "")], 7000),
        ([(3306, "mysql")], 3306),
        ([(1, "a"), (2, "b")], None),
    ],
)
def test_seeds_are_called_at_the_port_of_members_never_at_that_of_clients(discover, ports, port):
    ring = service("ring", *ports, extra="clusterIP: None\n")
    found = discover(ring, deployment("ring", environment(SEEDS="ring-0.ring"), kind="StatefulSet"))
    assert [(flow.id.partition(":")[0], flow.port) for flow in found.flows if flow.source.name == "ring"] == [
        ("shop/ring -> shop/ring", port)
    ]


def test_seeds_of_others_are_called_by_clients(discover):
    ring = service("ring", (9042, "cql"), extra="clusterIP: None\n")
    found = discover(ring, deployment("ring"), deployment("web", environment(SEEDS="ring-0.ring")))
    assert _ids(found) == {"shop/web -> shop/ring:9042"}
