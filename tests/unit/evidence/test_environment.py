"""Addresses in environment variables."""

from __future__ import annotations

import pytest

from evidence.manifests import application, config_map, deployment, environment, mounting, service, sure
from planner.evidence import confidence
from planner.evidence.sighting import Form
from planner.model.refs import UNKNOWN


def test_url_with_port(discover):
    found = application(
        discover(service("cart", 8080), deployment("web", environment(CART_URL="http://cart:8080/v1"))).flows
    )
    assert list(found) == ["shop/web -> shop/cart:8080"]
    assert found["shop/web -> shop/cart:8080"].protocol == "http"


def test_url_without_port_uses_the_schemes_port_where_the_service_has_it(discover):
    found = application(
        discover(service("cart", 80, 9090), deployment("web", environment(CART_URL="http://cart"))).flows
    )
    assert list(found) == ["shop/web -> shop/cart:80"]


def test_url_without_port_uses_the_only_port(discover):
    found = application(discover(service("cart", 7070), deployment("web", environment(CART_URL="http://cart"))).flows)
    assert list(found) == ["shop/web -> shop/cart:7070"]


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("DB_HOST", "DB_PORT"),
        ("DBHOST", "DBPORT"),
        ("DB_HOSTNAME", "DB_PORT"),
        ("db.host", "db.port"),
        ("DB_ADDR", "DB_PORT"),
    ],
)
def test_host_and_port_in_two_variables(discover, host, port):
    texts = service("pg", 5432, 9187), deployment("web", environment(**{host: "pg", port: "5432"}))
    found = application(discover(*texts).flows)
    assert list(found) == ["shop/web -> shop/pg:5432"]
    assert found["shop/web -> shop/pg:5432"].confidence == sure(confidence.DIRECT[Form.SPLIT])


def test_references_are_expanded(discover):
    texts = service("cart", 8080), deployment("web", environment(NAME="cart", CART="http://$(NAME):8080"))
    assert "shop/web -> shop/cart:8080" in application(discover(*texts).flows)


def test_env_from_with_prefix_and_host_and_port_keys(discover):
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata:\n  HOST: pg\n  PORT: '5432'\n"
    )
    body = "envFrom:\n- prefix: DB_\n  configMapRef:\n    name: c\n"
    found = application(discover(service("pg", 5432, 1), deployment("web", body), config).flows)
    assert found["shop/web -> shop/pg:5432"].evidence[0].object == "ConfigMap shop/c"


def test_value_from_config_map_key_is_cited_in_the_config_map(discover):
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata:\n  a: x\n"
        "  url: http://cart:8080\n"
    )
    body = "env:\n- name: CART_URL\n  valueFrom:\n    configMapKeyRef: {name: c, key: url}\n"
    found = application(discover(service("cart", 8080), deployment("web", body), config).flows)
    assert found["shop/web -> shop/cart:8080"].evidence[0].line == 6


def test_service_link_variables(discover):
    texts = (
        service("redis-master", 6379),
        deployment("web", environment(CACHE="$(REDIS_MASTER_SERVICE_HOST):$(REDIS_MASTER_SERVICE_PORT)")),
    )
    assert "shop/web -> shop/redis-master:6379" in application(discover(*texts).flows)


def test_lists_of_brokers(discover):
    texts = service("k0", 9092), service("k1", 9092), deployment("web", environment(KAFKA_BROKERS="k0:9092,k1:9092"))
    assert set(application(discover(*texts).flows)) == {"shop/web -> shop/k0:9092", "shop/web -> shop/k1:9092"}


def test_java_options_are_read_flag_by_flag(discover):
    texts = service("cart", 8080), deployment("web", environment(JAVA_OPTS="-Xmx1g -Dcart.url=http://cart:8080 -Da=b"))
    assert "shop/web -> shop/cart:8080" in application(discover(*texts).flows)


@pytest.mark.parametrize(
    "switch",
    [
        {"JAVA_OPTS": "-Dspring.zipkin.enabled=false"},
        {"ZIPKIN_ENABLED": "false"},
        {"ENABLE_ZIPKIN": "0"},
        {"DISABLE_ZIPKIN": "true"},
    ],
)
def test_what_is_switched_off_is_no_flow(discover, switch):
    result = discover(
        service("zipkin", 9411), deployment("web", environment(ZIPKIN_URL="http://zipkin:9411", **switch))
    )
    assert not application(result.flows)
    assert any("switched off" in item.reason for item in result.suppressed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NO_PROXY", "cart,cart:8080"),
        ("LISTEN_ADDR", "0.0.0.0:8080"),
        ("BIND_ADDRESS", "cart:8080"),
        ("SERVER_ADDR", ":8080"),
        ("APP_NAME", "cart"),
        ("DATABASE_TYPE", "cart"),
        ("CACHE_BACKEND_TYPE", "cart"),
        ("LOCAL_URL", "http://127.0.0.1:8080"),
        ("OAUTH_REDIRECT_URI", "https://shop.acme.io/callback"),
        ("EXTERNAL_URL", "https://shop.acme.io"),
        ("DOCS_URL", "https://docs.acme.io/x"),
        ("API_URL", "https://api.example.com"),
        ("API_URL", "https://<your-host>/"),
        ("API_URL", "https://your-domain.com/"),
        ("XMLNS", "http://www.w3.org/2001/XMLSchema"),
        ("WORKER_IMAGE", "ghcr.io/acme/worker:1"),
        ("DRIVER_CLASS", "com.mysql.jdbc.Driver"),
        ("ADMIN_EMAIL", "root@acme.io"),
        ("START_AT", "12:30"),
        ("VERSION", "1.2.3"),
        ("LOG_FILE", "app.log"),
        ("ALLOWED_HOSTS", "shop.acme.io"),
        ("CORS_ORIGINS", "https://shop.acme.io"),
        ("STORE_PATH", "s3://bucket/path"),
    ],
)
def test_no_flow(discover, name, value):
    assert not application(discover(service("cart", 8080), deployment("web", environment(**{name: value}))).flows)


def test_own_name_is_kept_below_belief(discover):
    result = discover(service("cart", 8080), deployment("cart", environment(CART_URL="http://cart:8080")))
    assert [flow.id for flow in result.flows] == ["shop/cart -> shop/cart:8080"]
    assert result.flows[0].confidence < confidence.BELIEVED


def test_missing_service_is_unknown_and_never_invented(discover):
    result = discover(deployment("web", environment(DB_HOST="pg", DB_PORT="5432")))
    assert [(flow.target.kind, flow.target.text, flow.port) for flow in result.flows] == [(UNKNOWN, "unknown:pg", 5432)]


def test_external_host_leaves_the_cluster(discover):
    found = application(discover(deployment("web", environment(PAY_URL="https://api.stripe.com/v1"))).flows)
    assert found["shop/web -> external:api.stripe.com:443"].boundary == "egress"


def test_registry_that_a_process_fetches_from(discover):
    found = application(
        discover(deployment("scan", environment(DB_REPOSITORY="ghcr.io/acme/db:2,mirror.gcr.io/acme/db"))).flows
    )
    assert set(found) == {"shop/scan -> external:ghcr.io:443", "shop/scan -> external:mirror.gcr.io:443"}


def test_no_credentials_in_evidence(discover):
    result = discover(
        service("pg", 5432), deployment("web", environment(DATABASE_URL="postgres://joe:s3cret@pg:5432/db"))
    )
    assert "s3cret" not in repr(result)


def directory(names: list[str]) -> str:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all, namespace: shop}\ndata:\n"
    return head + "".join(f"  {name.upper()}_URL: http://{name}:80\n" for name in names)


TAKES_ALL = "envFrom:\n- configMapRef: {name: all}\n"


def test_variables_that_everybody_is_given_are_less_sure(discover):
    names = ["a", "b", "c", "d"]
    users = (deployment(name, TAKES_ALL) for name in ("a", "front"))
    flows = application(discover(directory(names), *(service(name, 80) for name in names), *users).flows)
    own, other = flows["shop/a -> shop/b:80"], flows["shop/front -> shop/b:80"]
    assert "in variables that others are given too" in own.evidence[0].grounds
    assert own.confidence < other.confidence


def test_a_store_uses_none_of_the_variables_that_it_is_given(discover):
    names = ["a", "b", "c"]
    users = (deployment("a", TAKES_ALL, image="postgres:16"), deployment("front", TAKES_ALL))
    flows = application(discover(directory(names), *(service(name, 80) for name in names), *users).flows)
    assert {flow.source.name for flow in flows.values()} == {"front"}


def test_a_file_in_which_everybody_stands_is_not_believed(discover):
    names = ["a", "b", "c", "d"]
    config = config_map("all", services_json="".join(f"{name}: http://{name}:80\n" for name in names))
    result = discover(config, *(service(name, 80) for name in names), *(mounting(name, "all") for name in names))
    assert result.flows
    assert not application(result.flows)


def test_a_file_may_hold_ones_own_name_beside_what_one_calls(discover):
    lines = "server: http://a:80\ndatabase: http://b:80\ncache: http://c:80\n"
    config = config_map("all", app_conf=lines)
    users = (mounting("a", "all"), mounting("worker", "all"))
    result = discover(config, *(service(name, 80) for name in ("a", "b", "c")), *users)
    assert {"shop/a -> shop/b:80", "shop/a -> shop/c:80"} <= set(application(result.flows))


def test_shared_settings_without_own_names_are_believed(discover):
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all, namespace: shop}\ndata:\n  REDIS_ADDR: redis:6379\n"
    )
    body = "envFrom:\n- configMapRef: {name: all}\n"
    result = discover(config, service("redis", 6379), *(deployment(name, body) for name in "abcd"))
    assert len(application(result.flows)) == 4


def test_whole_file_in_a_variable(discover):
    config = config_map("c", app_yml="redis:\n  host: redis\n  port: 6379\n" + "# filler\n" * 30)
    body = "envFrom:\n- configMapRef: {name: c}\n"
    assert "shop/web -> shop/redis:6379" in application(
        discover(service("redis", 6379), deployment("web", body), config).flows
    )


def test_agent_on_the_node_is_an_unknown_callee(discover):
    body = "env:\n- name: DD_AGENT_HOST\n  valueFrom:\n    fieldRef: {fieldPath: status.hostIP}\n"
    assert [flow.target.text for flow in discover(deployment("web", body)).flows] == ["unknown:node-ip"]


def test_a_name_of_two_labels_that_ends_no_domain_is_missing(discover):
    result = discover(deployment("web", environment(REGISTRY="http://schema-registry.kafka:8081")))
    assert [(f.target.text, f.port, f.boundary) for f in result.flows] == [
        ("unknown:schema-registry.kafka", 8081, "internal")
    ]


def test_a_list_of_urls_names_no_scheme_as_host(discover):
    value = "http://es.data:9200,http://es-1.data:9200"
    texts = service("es", 9200, namespace="data"), service("es-1", 9200, namespace="data")
    result = discover(*texts, deployment("web", environment(ELASTICSEARCH_URL=value)))
    assert {flow.id for flow in result.flows} == {"shop/web -> data/es:9200", "shop/web -> data/es-1:9200"}


@pytest.mark.parametrize("known", [True, False])
def test_a_link_for_people_to_a_name_of_the_cluster_is_a_call(discover, known):
    texts = (service("schema", 8081, namespace="data"),) if known else ()
    result = discover(*texts, deployment("web", environment(SCHEMA="http://schema.data:8081")))
    assert [flow.target.text for flow in result.flows] == ["data/schema" if known else "unknown:schema.data"]


def test_a_link_for_people_outside_is_none(discover):
    result = discover(deployment("web", environment(SUPPORT_URL="https://shop.acme.io/help-me")))
    assert [item.reason for item in result.suppressed] == ["a link for people"]


def test_host_and_port_in_two_options(discover):
    options = "-Xmx1g -Dhttp.proxyHost=proxy.corp -Dhttp.proxyPort=3128"
    result = discover(deployment("web", environment(JAVA_OPTS=options)))
    assert [flow.id for flow in result.flows] == ["shop/web -> external:proxy.corp:3128"]


def test_a_pattern_of_hosts_is_left_out_with_the_reason(discover):
    result = discover(deployment("web", environment(BUCKETS="https://*.s3.amazonaws.com")))
    assert not result.flows
    assert [(s.text, s.reason) for s in result.suppressed] == [("https://*.s3.amazonaws.com", "a pattern of hosts")]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://b.s3.amazonaws.com/x?X-Amz-Signature=hunter2&sig=hunter2", "https://b.s3.amazonaws.com/x"),
        ("https://api.telegram.org/bot123456:hunter2-hunter2/send", "https://api.telegram.org/bot***"),
        ("https://hooks.slack.com/services/T0/B0/hunter2", "https://hooks.slack.com/services"),
        ("https://in.acme.io/hunter2hunter2hunter2hunter2", "https://in.acme.io"),
        ("jdbc:postgresql://pg.acme.io:5432/db?password=hunter2", "jdbc:postgresql://pg.acme.io:5432/db"),
    ],
)
def test_evidence_shows_host_port_and_the_first_of_the_path(discover, url, shown):
    result = discover(deployment("web", environment(HOOK_URL=url)))
    assert [item.text for flow in result.flows for item in flow.evidence] == [shown]
    assert "hunter2" not in repr(result)
