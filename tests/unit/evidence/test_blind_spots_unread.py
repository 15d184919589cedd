"""Why callees stay unknown: Secrets, registries, names that are made while a program runs."""

from __future__ import annotations

import pytest

from evidence.manifests import config_map, deployment, environment, mounting, service
from planner.model.flow import BlindSpot

CART = service("cart", 80)


def _spots(result) -> dict[str, BlindSpot]:
    return {spot.workload.text: spot for spot in result.blind_spots}


def _secret_variable(name: str, key: str) -> str:
    return f"env:\n- name: {name}\n  valueFrom: {{secretKeyRef: {{name: creds, key: {key}}}}}\n"


@pytest.mark.parametrize(
    ("name", "key"),
    [("DATABASE_URL", "a"), ("X", "redis-uri"), ("Y", "connection-string"), ("SPRING_DATASOURCE_URL", "u")],
)
def test_address_in_a_secret_is_told_by_its_name(discover, name, key):
    body = _secret_variable(name, key) + "- {name: CART_URL, value: 'http://cart'}\n"
    spot = _spots(discover(CART, deployment("web", body)))["shop/web"]
    assert "Secret" in spot.reason
    assert f"not read: Secret creds key {key}" in spot.looked_at


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("DB_PASSWORD", "password"),
        ("API_TOKEN", "token"),
        ("DB_USER", "user"),
        ("PUBLIC_URL", "x"),
        ("REDIRECT_URI", "y"),
    ],
)
def test_other_secrets_hide_no_address(discover, name, key):
    body = _secret_variable(name, key) + "- {name: CART_URL, value: 'http://cart'}\n"
    assert not discover(CART, deployment("web", body)).blind_spots


def test_whole_secret_by_the_names_of_its_keys_never_its_values(discover):
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: creds, namespace: shop}\n"
        "stringData: {REDIS_URL: 'redis://hidden:6379', token: abc}\n"
    )
    body = "envFrom:\n- secretRef: {name: creds}\nenv:\n- {name: CART_URL, value: 'http://cart'}\n"
    result = discover(CART, secret, service("hidden", 6379), deployment("web", body))
    assert "not read: Secret creds key REDIS_URL" in _spots(result)["shop/web"].looked_at
    assert "hidden" not in repr(result.flows) + repr(result.blind_spots) + repr(result.suppressed)


def test_mounted_configuration_file_in_a_secret(discover):
    pod = "volumes:\n- name: s\n  secret: {secretName: app, items: [{key: application.yml, path: a}]}\n"
    body = environment(CART_URL="http://cart")
    assert "Secret" in _spots(discover(CART, deployment("web", body, pod=pod)))["shop/web"].reason
    certificate = pod.replace("application.yml", "tls.crt")
    assert not discover(CART, deployment("web", body, pod=certificate)).blind_spots


@pytest.mark.parametrize("value", ["http://${TENANT}-db:5432", "postgres://$(TENANT).pg/x", "http://{region}.api.io"])
def test_name_that_is_made_later(discover, value):
    body = environment(CART_URL="http://cart", DB=value)
    spot = _spots(discover(CART, deployment("web", body)))["shop/web"]
    assert "put together" in spot.reason
    assert any(item.startswith("not known: DB:") for item in spot.looked_at)


def test_name_that_is_known_after_all(discover):
    body = environment(TENANT="cart", URL="http://$(TENANT):80/${id}")
    assert not discover(CART, deployment("web", body)).blind_spots


@pytest.mark.parametrize(
    ("variables", "registry"),
    [
        ({"EUREKA_URL": "http://eureka:8761"}, "Eureka"),
        ({"SPRING_CLOUD_CONSUL_HOST": "consul.svc"}, "Consul"),
        ({"NACOS_ADDR": "nacos:8848"}, "Nacos"),
        ({"DUBBO_REGISTRY_ADDRESS": "zookeeper://zk:2181"}, "ZooKeeper"),
        ({"MICRO_REGISTRY": "etcd"}, "etcd"),
        ({"MICRO_REGISTRY": "kubernetes"}, "the Kubernetes API"),
        ({"SPRING_CLOUD_KUBERNETES_DISCOVERY_ENABLED": "true"}, "the Kubernetes API"),
    ],
)
def test_registries(discover, variables, registry):
    body = environment(CART_URL="http://cart", **variables)
    assert registry in _spots(discover(CART, deployment("web", body)))["shop/web"].reason


@pytest.mark.parametrize(
    "variables",
    [
        {"JAVA_OPTS": "-Xmx1.5g -Deureka.client.enabled=false"},
        {"EUREKA_CLIENT_ENABLED": "false"},
        {"KAFKA_ZOOKEEPER_CONNECT": "cart:80"},
        {"ETCD_DATA_DIR": "/var/x.y"},
    ],
)
def test_no_registries(discover, variables):
    body = environment(CART_URL="http://cart", **variables)
    assert not discover(CART, deployment("web", body)).blind_spots


def test_dapr_calls_by_the_names_of_apps(discover):
    pod = deployment("web").replace("labels:", "annotations: {dapr.io/enabled: 'true'}\n      labels:", 1)
    assert "Dapr" in _spots(discover(pod))["shop/web"].reason


def test_what_was_looked_at_and_how_to_learn_it(discover):
    body = "args: [a, b]\nenv:\n- {name: X, value: '1'}\nenvFrom:\n- configMapRef: {name: c}\n- secretRef: {name: s}\n"
    spot = _spots(discover(config_map("c", mode="x"), deployment("web", body)))["shop/web"]
    assert spot.looked_at == ("container main", "2 variables", "2 arguments", "ConfigMaps c", "Secrets, never read: s")
    assert "- {from: shop/web, to: NAMESPACE/SERVICE, port: PORT}" in spot.learn
    assert "--from-pod shop/web" in spot.learn


def test_nothing_set_at_all(discover):
    assert "image" in _spots(discover(deployment("web")))["shop/web"].reason
    assert "no address" in _spots(discover(deployment("web", environment(MODE="fast"))))["shop/web"].reason


@pytest.mark.parametrize(
    "url", ["http://$(POD_IP):8080", "postgres://$(USER)@cart:80/x", "http://cart/${id}", "http://cart?x={y}"]
)
def test_placeholders_that_make_no_name(discover, url):
    body = environment(CART_URL="http://cart", DB=url) + (
        "- name: POD_IP\n  valueFrom: {fieldRef: {fieldPath: status.podIP}}\n"
    )
    assert not discover(CART, deployment("web", body)).blind_spots


def test_user_is_known_and_host_is_not(discover):
    body = environment(CART_URL="http://cart", DB="postgres://app:x@${TENANT}-pg/x")
    assert "put together" in _spots(discover(CART, deployment("web", body)))["shop/web"].reason


@pytest.mark.parametrize(
    ("text", "registry"),
    [
        ('{"consulAddress": "registry.acme.io:8500"}\n', "Consul"),
        ("eureka.client.serviceUrl.defaultZone=http://eureka:8761/eureka\n", "Eureka"),
        ("# eureka.client.serviceUrl.defaultZone=http://eureka:8761/eureka\n", ""),
        ("eureka.client.enabled=false\n", ""),
        ("discovery.type: single-node\nnode.name: consul\n", ""),
    ],
)
def test_registry_in_a_mounted_file(discover, text, registry):
    texts = (config_map("c", app_properties=text), mounting("web", "c"))
    reason = _spots(discover(*texts))["shop/web"].reason
    assert ("looks its callees up" in reason) is bool(registry)
    assert registry in reason
