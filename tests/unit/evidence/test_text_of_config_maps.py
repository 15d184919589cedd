"""Texts of ConfigMaps as flows: what the workload around them adds to what they say."""

from __future__ import annotations

from evidence.manifests import application, config_map, deployment, mounting, service


def _mounting(name: str, config: str, body: str) -> str:
    return deployment(
        name,
        "volumeMounts:\n- name: config\n  mountPath: /etc/app\n" + body,
        pod=f"volumes:\n- name: config\n  configMap:\n    name: {config}\n",
    )


def _ids(result) -> list[str]:
    return list(application(result.flows))


SPRING = "cart.url: http://cart:80\n---\nspring.config.activate.on-profile: prod\ncart.url: http://prod-cart:80\n"


def test_profile_from_an_argument(discover):
    objects = (config_map("c", application_yml=SPRING), service("cart", 80), service("prod-cart", 80))
    off = discover(*objects, mounting("web", "c"))
    assert _ids(off) == ["shop/web -> shop/cart:80"]
    assert any("the profile prod is not active" in item.reason for item in off.suppressed)
    on = discover(*objects, _mounting("web", "c", "args: ['--spring.profiles.active=prod']\n"))
    assert _ids(on) == ["shop/web -> shop/cart:80", "shop/web -> shop/prod-cart:80"]


def test_variables_of_the_container_fill_a_file(discover):
    config = config_map("c", default_conf="server { location / { proxy_pass http://${BACKEND}:${PORT}; } }\n")
    body = "env:\n- {name: BACKEND, value: cart}\n- {name: PORT, value: '8080'}\n"
    found = discover(config, service("cart", 8080), _mounting("web", "c", body))
    assert "shop/web -> shop/cart:8080" in _ids(found)


def test_what_is_left_out_first_hides_no_call_of_the_same_host(discover):
    text = "ProxyPassReverse / http://cart:80/\nProxyPass / http://cart:80/\n"
    found = discover(config_map("c", vhost_conf=text), service("cart", 80), mounting("web", "c"))
    assert _ids(found) == ["shop/web -> shop/cart:80"]
    assert any(item.reason == "rewrites what comes back" for item in found.suppressed)


def test_host_and_port_in_two_files(discover):
    config = config_map("c").replace("data:\n", "data:\n  db_host: pg\n  db_port: '6543'\n")
    found = discover(config, service("pg", 5432, 6543), mounting("web", "c"))
    assert _ids(found) == ["shop/web -> shop/pg:6543"]


def test_every_address_of_an_example_stays_visible(discover):
    config = config_map("c").replace("data:\n", "data:\n  _example: |\n    url: http://cart:80\n    host: pg.data\n")
    found = discover(config, service("cart", 80), mounting("web", "c"))
    assert not found.flows
    assert {item.reason for item in found.suppressed} == {"an example"}
    assert len(found.suppressed) == 2


def test_exporters_that_do_not_run_stay_visible(discover):
    text = (
        "receivers: {otlp: {}}\nexporters:\n  otlp: {endpoint: 'tracing:4317'}\n  zipkin: {endpoint: 'http://old:9411'}\n"
        "service:\n  pipelines:\n    traces: {receivers: [otlp], exporters: [otlp]}\n"
    )
    found = discover(config_map("c", relay=text), service("tracing", 4317), service("old", 9411), mounting("web", "c"))
    flows = application(found.flows)
    assert list(flows) == ["shop/web -> shop/tracing:4317"]
    assert flows["shop/web -> shop/tracing:4317"].protocol == "grpc"
    assert [item.reason for item in found.suppressed] == ["not in any pipeline"]
