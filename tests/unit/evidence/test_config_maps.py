"""Files of ConfigMaps, each in its own syntax."""

from __future__ import annotations

import json

import pytest

from evidence.manifests import application, config_map, deployment, mounting, service

SYNTAXES = {
    "yaml": ("app.yml", "spring:\n  redis:\n    host: cache\n    port: 6379\n"),
    "yaml-url": ("app.yml", "cache:\n  url: redis://cache:6379/0\n"),
    "properties": ("app.properties", "spring.redis.host=cache\nspring.redis.port=6379\n"),
    "ini": ("app.ini", "[redis]\nhost = cache\nport = 6379\n"),
    "toml": ("app.toml", '[redis]\nhost = "cache"\nport = 6379\n'),
    "toml-pair": ("app.toml", '[redis]\naddr = "cache:6379"\n'),
    "json": ("app.json", '{\n  "redis": {\n    "host": "cache",\n    "port": 6379\n  }\n}\n'),
    "json-line": ("app.json", json.dumps({"redis": {"host": "cache", "port": 6379}})),
    "fluentd": ("fluent.conf", "<match **>\n  @type redis\n  host cache\n  port 6379\n</match>\n"),
    "fluent-bit": ("out.conf", "[OUTPUT]\n    Name redis\n    Host cache\n    Port 6379\n"),
    "redis": ("redis.conf", "maxmemory 1gb\nreplicaof cache 6379\n"),
    "haproxy": ("haproxy.cfg", "backend x\n  server s1 cache:6379 check\n"),
    "envoy": (
        "envoy.yaml",
        "endpoint:\n  address:\n    socket_address:\n      address: cache\n      port_value: 6379\n",
    ),
    "env-file": ("app.env", "export REDIS_URL=redis://cache:6379\n"),
    "dsn": ("db.cfg", "dsn = host=cache port=6379 user=x dbname=y\n"),
    "script": ("run.sh", "#!/bin/sh\nredis-cli -h cache -p 6379 ping\n"),
    "list": ("app.yml", "servers:\n- cache:6379\n"),
    "nginx": (
        "nginx.conf",
        (
            "http {\n upstream up {\n  server cache:6379;\n }\n"
            " server { listen 80; location / { proxy_pass http://up; } }\n}\n"
        ),
    ),
}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_syntax(discover, syntax):
    name, text = SYNTAXES[syntax]
    config = config_map("c", **{name.replace(".", "_"): text})
    found = application(discover(config, mounting("web", "c"), service("cache", 6379)).flows)
    assert list(found) == ["shop/web -> shop/cache:6379"]


def test_line_of_the_host_is_cited(discover):
    config = config_map("c", app_yml="a: 1\nredis:\n  host: cache\n  port: 6379\n")
    flow = application(discover(config, mounting("web", "c"), service("cache", 6379)).flows)[
        "shop/web -> shop/cache:6379"
    ]
    assert flow.evidence[0].line == 7 + 3


def test_fluentd_scheme_beside_the_host(discover):
    text = "<match **>\n  @type elasticsearch\n  host es\n  port 9200\n  scheme https\n</match>\n"
    found = application(discover(config_map("c", fluent_conf=text), mounting("web", "c"), service("es", 9200)).flows)
    assert found["shop/web -> shop/es:9200"].protocol == "https"


def test_names_of_upstreams_are_no_hosts(discover):
    text = "upstream core {\n server core-svc;\n}\nserver {\n location / { proxy_pass http://core/api; }\n}\n"
    found = application(
        discover(
            config_map("c", nginx_conf=text), mounting("web", "c"), service("core", 80), service("core-svc", 80)
        ).flows
    )
    assert list(found) == ["shop/web -> shop/core-svc:80"]


@pytest.mark.parametrize(
    "line",
    [
        "listen 8080;",
        "server_name cart:8080;",
        "add_header X https://cart:8080;",
        "# proxy_pass http://cart:8080;",
        "return 301 http://cart:8080;",
    ],
)
def test_nginx_lines_that_pass_nothing_on(discover, line):
    text = f"server {{\n {line}\n location / {{ proxy_pass http://other:1; }}\n}}\n"
    found = application(discover(config_map("c", nginx_conf=text), mounting("web", "c"), service("cart", 8080)).flows)
    assert not any("cart" in name for name in found)


def test_unused_config_map_gives_nothing_but_a_reason(discover):
    result = discover(config_map("c", app_yml="url: http://cart:8080\n"), service("cart", 8080), deployment("web"))
    assert not result.flows
    assert any("no workload that was read uses ConfigMap shop/c" in item.reason for item in result.suppressed)


def test_only_the_mounted_keys_count(discover):
    config = config_map("c", a_yml="url: http://a:80\n", b_yml="url: http://b:80\n")
    body = "volumeMounts:\n- name: v\n  mountPath: /x/b.yml\n  subPath: b.yml\n"
    pod = "volumes:\n- name: v\n  configMap: {name: c}\n"
    assert list(
        application(discover(config, service("a", 80), service("b", 80), deployment("web", body, pod=pod)).flows)
    ) == ["shop/web -> shop/b:80"]


def test_projected_volume(discover):
    body = "volumeMounts:\n- name: v\n  mountPath: /x\n"
    pod = "volumes:\n- name: v\n  projected:\n    sources:\n    - configMap: {name: c}\n"
    found = application(
        discover(config_map("c", a_yml="url: http://a:80\n"), service("a", 80), deployment("web", body, pod=pod)).flows
    )
    assert list(found) == ["shop/web -> shop/a:80"]


def test_loaded_by_a_sidecar_by_label(discover):
    config = config_map("ds", ds_yaml="datasources:\n- url: http://prom:9090\n").replace(
        "namespace: shop\n", "namespace: shop\n  labels: {grafana_datasource: '1'}\n", 1
    )
    body = (
        "env:\n- {name: LABEL, value: grafana_datasource}\n- {name: FOLDER, value: /etc/grafana}\n"
        "- {name: RESOURCE, value: both}\n"
    )
    assert "shop/grafana -> shop/prom:9090" in application(
        discover(config, service("prom", 9090), deployment("grafana", body)).flows
    )


DASHBOARD = json.dumps(
    {"panels": [{"links": [{"url": "https://grafana.acme.io/d/x"}]}], "schemaVersion": 30, "url": "http://cart:8080"},
    indent=1,
)


@pytest.mark.parametrize(
    "text",
    [
        DASHBOARD,
        "# url: http://cart:8080\n",
        "host_key: '[cart]:8080 ssh-rsa AAAAB3NzaC1yc2E'\n",
        "docs: https://docs.acme.io\nschema: http://json-schema.org/draft-07/schema#\n",
        "runbook_url: https://github.com/acme/x/blob/main/README.md\n",
        "listen: cart:8080\n",
        "layerinfo: cart\n",
        "image: cart:8080\n",
    ],
)
def test_no_flow(discover, text):
    assert not application(discover(config_map("c", app_yml=text), mounting("web", "c"), service("cart", 8080)).flows)
